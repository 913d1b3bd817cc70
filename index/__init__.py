"""From files to ranked passages and attributed speech; knows nothing of Discord or of answering."""
