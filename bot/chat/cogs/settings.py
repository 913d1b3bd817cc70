"""/settings: what a server's moderators decide, as a form that fits a phone.

Only who has *Manage Server* may open it, and each change asks for that again: a form can
stay open for longer than somebody stays a moderator.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.chat import faults
from bot.chat.choices import MOST
from bot.chat.cogs import forms
from bot.chat.languages import OWN_NAMES, language_of, say
from bot.chat.servers import DEFAULTS, STYLES

if TYPE_CHECKING:
    from bot.chat.client import PullquoteBot
    from bot.chat.servers import Style

KEPT = 600.0
"""Seconds without a click until the form closes."""
EVERYTHING_VALUE = "*"
AS_DISCORD_VALUE = "discord"
SPOKEN_IN = (
    discord.ChannelType.text,
    discord.ChannelType.news,
    discord.ChannelType.forum,
    discord.ChannelType.voice,
)
"""Kinds of channel in which it can be asked."""
CHANNEL_LISTS = {
    "channels": (forms.CHANNELS, forms.CHANNELS_HINT),
    "ask_channels": (forms.ASK_CHANNELS, forms.ASK_CHANNELS_HINT),
}
"""Settings that are lists of channels: their name, and what their select says."""


class ChannelOption(app_commands.Transformer):
    """A channel of those kinds; discord.py would add one that the published API does not list."""

    @property
    def type(self) -> discord.AppCommandOptionType:
        """As Discord calls it."""
        return discord.AppCommandOptionType.channel

    @property
    def channel_types(self) -> list[discord.ChannelType]:
        """What may be chosen."""
        return list(SPOKEN_IN)

    async def transform(
        self,
        interaction: discord.Interaction[Any],  # noqa: ARG002
        value: app_commands.AppCommandChannel,
        /,
    ) -> app_commands.AppCommandChannel:
        """Take what was chosen as it is."""
        return value


Channel = app_commands.Transform[app_commands.AppCommandChannel, ChannelOption]


def may_manage(interaction: discord.Interaction[Any]) -> bool:
    """Whether somebody may change what a server has set."""
    return interaction.guild_id is not None and interaction.permissions.manage_guild


class SettingsCog(commands.Cog):
    """Shows and changes what a server has set."""

    def __init__(self, bot: PullquoteBot) -> None:
        self.bot = bot

    @app_commands.command(name="settings", description=forms.SETTINGS, extras={"free": True})
    @app_commands.describe(channel=forms.CHANNEL, collections=forms.COLLECTIONS_OPTION)
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.default_permissions(manage_guild=True)
    async def settings(
        self,
        interaction: discord.Interaction[PullquoteBot],
        collections: app_commands.Range[str, 1, 500] | None = None,
        channel: Channel | None = None,
    ) -> None:
        """Open the form; with collections, set those of the server or of one channel first."""
        guild = interaction.guild_id
        if guild is None or not may_manage(interaction):
            await interaction.response.send_message(say(forms.NOT_A_MANAGER), ephemeral=True)
            return
        await interaction.response.defer(ephemeral=True, thinking=True)
        said = None
        if collections is not None:
            said = await self._set_collections(guild, collections, channel)
        elif channel is not None:
            said = forms.in_channel(channel.id, self.bot.servers.of(guild).in_channel(channel.id))
        form = Form(self.bot, guild, interaction)
        await interaction.edit_original_response(embed=form.page(said), view=form)

    @settings.autocomplete("collections")
    async def complete_collections(
        self, interaction: discord.Interaction[PullquoteBot], typed: str
    ) -> list[app_commands.Choice[str]]:
        """The collections that there are; after a comma, those that are not yet in the list."""
        if not may_manage(interaction):
            return []
        before, comma, last = typed.rpartition(",")
        chosen = [one.strip() for one in before.split(",") if one.strip()]
        names = self.bot.servers.shelves.names
        offered = [name for name in names if name not in chosen]
        if not comma:
            offered.insert(0, EVERYTHING_VALUE)
        lists = [
            ", ".join([*chosen, name])
            for name in offered
            if last.strip().casefold() in name.casefold()
        ]
        return [
            app_commands.Choice(
                name=say(forms.EVERYTHING) if one == EVERYTHING_VALUE else one, value=one
            )
            for one in lists
            if len(one) <= 100
        ][:MOST]

    async def _set_collections(
        self, guild: int, written: str, channel: app_commands.AppCommandChannel | None
    ) -> str:
        servers = self.bot.servers
        names = frozenset(one.strip() for one in written.split(",") if one.strip())
        unknown = sorted(names - {EVERYTHING_VALUE, *servers.shelves.names})
        if unknown or not names:
            return forms.no_such_collection(unknown, servers.shelves.names)
        chosen = None if EVERYTHING_VALUE in names else names
        if channel is None:
            await servers.change(guild, collections=chosen)
            return forms.saved(forms.COLLECTIONS, kept=servers.is_kept(guild))
        narrowed = dict(servers.of(guild).channel_collections)
        narrowed.pop(channel.id, None)
        if chosen is not None:
            narrowed[channel.id] = chosen
        await servers.change(guild, channel_collections=tuple(sorted(narrowed.items())))
        said = forms.saved(forms.COLLECTIONS, kept=servers.is_kept(guild))
        return f"{said}\n{forms.in_channel(channel.id, chosen)}"


class Form(discord.ui.View):
    """The form: five rows, which is what Discord allows; every change is saved at once."""

    def __init__(
        self, bot: PullquoteBot, guild: int, opened: discord.Interaction[PullquoteBot]
    ) -> None:
        super().__init__(timeout=KEPT)
        self._bot = bot
        self._guild = guild
        self._opened = opened
        self.as_discord = language_of(opened.guild_locale)
        self._fill()

    def page(self, said: str | None = None) -> discord.Embed:
        """What is set now; `said` is what has just been done."""
        reads = self._bot.intents.message_content
        return forms.page(
            self._bot.servers.of(self._guild), said, reads=reads, as_discord=self.as_discord
        )

    async def interaction_check(self, interaction: discord.Interaction[Any], /) -> bool:
        """Ask again whether they may."""
        if may_manage(interaction) and interaction.guild_id == self._guild:
            return True
        await interaction.response.send_message(say(forms.NOT_A_MANAGER), ephemeral=True)
        return False

    async def on_error(
        self, interaction: discord.Interaction[Any], error: Exception, *_: Any
    ) -> None:
        """Tell them."""
        await faults.tell(interaction, error)

    async def on_timeout(self) -> None:
        """Take the form's parts away: they do nothing any more."""
        with contextlib.suppress(discord.HTTPException, OSError):
            await self._opened.edit_original_response(view=None)

    async def save(self, interaction: discord.Interaction[Any], what: str, **changes: Any) -> None:
        """Change settings, and show how they are now."""
        await interaction.response.defer()
        await self._bot.servers.change(self._guild, **changes)
        said = forms.saved(what, kept=self._bot.servers.is_kept(self._guild))
        self._fill()
        await interaction.edit_original_response(embed=self.page(said), view=self)

    def _fill(self) -> None:
        self.clear_items()
        settings = self._bot.servers.of(self._guild)
        self.add_item(Channels(self, "channels", settings.channels))
        self.add_item(Channels(self, "ask_channels", settings.ask_channels))
        names = self._bot.servers.shelves.names
        if names:
            self.add_item(Collections(self, names[: MOST - 1], settings.collections))
        self.add_item(Language(self, settings.language))
        self.add_item(Toggle(self, "private", forms.PRIVATE, on=settings.private))
        self.add_item(Toggle(self, "keep_questions", forms.KEEP, on=settings.keep_questions))
        self.add_item(Look(self, settings.style))
        self.add_item(Pace(self))
        self.add_item(Reset(self))


class Channels(discord.ui.ChannelSelect[Form]):
    """Channels of the server, for the setting of that name."""

    def __init__(self, form: Form, name: str, chosen: frozenset[int]) -> None:
        self._form = form
        self._name = name
        super().__init__(
            placeholder=say(CHANNEL_LISTS[name][1]),
            min_values=0,
            max_values=MOST,
            channel_types=list(SPOKEN_IN),
            default_values=[
                discord.SelectDefaultValue(id=one, type=discord.SelectDefaultValueType.channel)
                for one in sorted(chosen)[:MOST]
            ],
        )

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Save the channels."""
        chosen = frozenset(channel.id for channel in self.values)
        await self._form.save(interaction, CHANNEL_LISTS[self._name][0], **{self._name: chosen})


class Collections(discord.ui.Select[Form]):
    """The collections that the server sees."""

    def __init__(self, form: Form, names: tuple[str, ...], chosen: frozenset[str] | None) -> None:
        self._form = form
        everything = discord.SelectOption(
            label=say(forms.EVERYTHING), value=EVERYTHING_VALUE, default=chosen is None
        )
        options = [
            discord.SelectOption(label=name, value=name, default=name in (chosen or ()))
            for name in names
        ]
        super().__init__(
            placeholder=say(forms.COLLECTIONS_HINT),
            options=[everything, *options],
            min_values=1,
            max_values=len(options) + 1,
        )
        self._listed = frozenset(names)
        self._chosen = chosen or frozenset()

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Save them. Everything holds only if nothing else was newly chosen beside it."""
        names = frozenset(self.values) - {EVERYTHING_VALUE}
        whole = EVERYTHING_VALUE in self.values and (not names or bool(self._chosen))
        kept = names | (self._chosen - self._listed)  # what the list has no room for stays
        await self._form.save(interaction, forms.COLLECTIONS, collections=None if whole else kept)


class Language(discord.ui.Select[Form]):
    """The language of what everybody on the server reads."""

    def __init__(self, form: Form, chosen: str | None) -> None:
        self._form = form
        by_itself = forms.language(None, form.as_discord)
        options = [
            discord.SelectOption(label=by_itself, value=AS_DISCORD_VALUE, default=chosen is None),
            *(
                discord.SelectOption(label=name, value=language, default=language == chosen)
                for language, name in OWN_NAMES.items()
            ),
        ]
        super().__init__(placeholder=say(forms.LANGUAGE_HINT), options=options)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Save it."""
        (chosen,) = self.values
        language = None if chosen == AS_DISCORD_VALUE else chosen
        await self._form.save(interaction, forms.LANGUAGE, language=language)


class Toggle(discord.ui.Button[Form]):
    """A setting that is on or off."""

    def __init__(self, form: Form, name: str, label: str, *, on: bool) -> None:
        self._form = form
        style = discord.ButtonStyle.success if on else discord.ButtonStyle.secondary
        super().__init__(
            label=forms.labelled(label, forms.ON if on else forms.OFF), style=style, row=4
        )
        self._name, self._label, self._on = name, label, on

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Turn it round."""
        await self._form.save(interaction, self._label, **{self._name: not self._on})


class Look(discord.ui.Button[Form]):
    """How answers look: one style, or the other."""

    def __init__(self, form: Form, style: Style) -> None:
        self._form = form
        super().__init__(label=forms.labelled(forms.STYLE, forms.STYLES[style]), row=4)
        self._other = STYLES[(STYLES.index(style) + 1) % len(STYLES)]

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Take the other."""
        await self._form.save(interaction, forms.STYLE, style=self._other)


class Pace(discord.ui.Button[Form]):
    """How often one person may ask."""

    def __init__(self, form: Form) -> None:
        self._form = form
        super().__init__(label=say(forms.COOLDOWN), row=4)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Ask for it."""
        await interaction.response.send_modal(PaceModal(self._form))


class PaceModal(discord.ui.Modal):
    """Asks how often one person may ask."""

    def __init__(self, form: Form) -> None:
        super().__init__(title=say(forms.COOLDOWN), timeout=KEPT)
        self._form = form
        uses, seconds = form._bot.servers.of(form._guild).cooldown  # noqa: SLF001 - its own form
        self.uses: discord.ui.TextInput[PaceModal] = discord.ui.TextInput(
            default=str(uses), max_length=4
        )
        self.seconds: discord.ui.TextInput[PaceModal] = discord.ui.TextInput(
            default=f"{seconds:g}", max_length=4
        )
        self.add_item(discord.ui.Label(text=say(forms.USES), component=self.uses))
        self.add_item(discord.ui.Label(text=say(forms.SECONDS), component=self.seconds))

    async def on_submit(self, interaction: discord.Interaction[Any]) -> None:
        """Save it, if it can be."""
        if not await self._form.interaction_check(interaction):
            return
        cooldown = forms.cooldown_of(self.uses.value, self.seconds.value)
        if cooldown is None:
            await interaction.response.send_message(say(forms.BAD_COOLDOWN), ephemeral=True)
            return
        await self._form.save(interaction, forms.COOLDOWN, cooldown=cooldown)

    async def on_error(  # type: ignore[override]
        self, interaction: discord.Interaction[Any], error: Exception, /
    ) -> None:
        """Tell them."""
        await faults.tell(interaction, error)


class Reset(discord.ui.Button[Form]):
    """Everything as it was at first, on the second click; the collections stay as they are."""

    def __init__(self, form: Form) -> None:
        self._form = form
        super().__init__(label=say(forms.RESET), style=discord.ButtonStyle.danger, row=4)
        self._sure = False

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Ask whether they are sure; then do it."""
        if not self._sure:
            self._sure, self.label = True, say(forms.RESET_SURE)
            await interaction.response.edit_message(
                embed=self._form.page(say(forms.RESET_ASKED)), view=self._form
            )
            return
        names = [field for field in DEFAULTS.__slots__ if "collections" not in field]
        changes = {name: getattr(DEFAULTS, name) for name in names}
        await self._form.save(interaction, forms.ALL_BUT_COLLECTIONS, **changes)


async def setup(bot: PullquoteBot) -> None:
    """Add the cog; discord.py calls this when the extension is loaded."""
    await bot.add_cog(SettingsCog(bot))
