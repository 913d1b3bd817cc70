"""From files to ranked passages and attributed speech; knows nothing of Discord or of answering."""

import os

# From 1.32 at the latest, ONNX Runtime's wheels for Linux and macOS report to Microsoft, and keep
# an identifier of the machine in the user's cache folder. It looks at this when it is imported,
# which is late, and only ever after this package.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
