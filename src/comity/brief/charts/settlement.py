"""Charts of settlement: what was said beside what can net, and the balance that piles up."""

from __future__ import annotations

from collections.abc import Sequence

from comity.brief import text
from comity.brief.charts.rows import bars
from comity.brief.charts.theme import OTHER, A
from comity.brief.content import Chart
from comity.potential.settlement import Holdings, Netting, Settlement


def said_and_net(
    nettings: Sequence[Netting],
    said: Sequence[tuple[str, str, float, str]],
    ring: tuple[str, float, str] | None = None,
) -> Chart | None:
    """Return the shares that were named beside the shares that can net.

    Parameters
    ----------
    nettings : sequence of Netting
        The newest first.
    said : sequence of (who, period, share, source)
        What was said to be settled in national currencies.
    ring : (name, share, source), optional
        The share that the largest circulation of a group settles.
    """
    if not nettings:
        return None
    rows = [
        (f"Said: {_short(who)}, {text.period(period)}", share, OTHER, text.share(share))
        for who, period, share, _ in said
    ]
    rows += [
        (f"Can net, {text.period(n.period)}", n.share, A, text.share(n.share)) for n in nettings
    ]
    if ring is not None:
        rows.append((f"Can net within {ring[0]}", ring[1], A, text.share(ring[1])))
    newest = nettings[0]
    title = f"{text.share(newest.share)} of two-way trade can net in {text.period(newest.period)}"
    if said:
        title += f"; {text.share(max(share for _, _, share, _ in said))} is said to be settled"
    sources = [n.source for n in nettings] + [source for *_, source in said]
    sources += [ring[2]] if ring else []
    return Chart(
        id="settlement",
        title=title,
        subtitle="Share of two-way goods trade, per cent",
        description=f"{title}. Horizontal bars: what was said in grey, what can net in blue.",
        spec=bars(
            rows,
            left=180,
            domain=(0, 1),
            legend=[("As stated", OTHER), ("Can net", A)] if said else [],
        ),
        columns=("What", "Share, %"),
        rows=tuple((name, 100 * share) for name, share, _, _ in rows),
        sources=tuple(dict.fromkeys(sources)),
        note=(
            "What is settled in national currencies need not net: the rest is held, spent or "
            "invested. Netted trade needs no third currency and leaves nothing over."
        ),
    )


def holdings(found: Settlement) -> Chart | None:
    """Return the balance that piles up under the user's assumptions, year by year."""
    held = found.holdings
    path = held.path.balance
    if not len(path) or path[-1] <= 0:
        return None
    rows = [
        (f"Year {year}", max(float(value), 0.0), A, text.money(float(value), short=True))
        for year, value in enumerate(path, start=1)
    ]
    title = (
        f"After {text.count(len(path), 'year')} {held.holder.with_article} would hold "
        f"{text.money(float(path[-1]), short=True)} of {text.possessive(held.currency_of.name)} "
        "money"
    )
    return Chart(
        id="holdings",
        title=title[:1].upper() + title[1:],
        subtitle=f"US dollars at the end of each year, {assumptions(held)}",
        description=f"{title}. Horizontal bars, one a year.",
        spec=bars(rows, left=70, right=80),
        columns=("Year", "Held, $", "Interest, $", "Loss, $", "Net inflow, $", "Spent, $"),
        rows=tuple(
            (
                f"{year}",
                float(path[year - 1]),
                float(held.path.interest[year - 1]),
                float(held.path.loss[year - 1]),
                float(held.path.net[year - 1]),
                float(held.path.sunk[year - 1]),
            )
            for year in range(1, len(path) + 1)
        ),
        sources=(held.netting.source,),
        note="An arithmetic of assumptions, not a forecast: every year trades like the first.",
    )


def _short(who: str) -> str:
    """Return a name without its office or a remark.

    Examples
    --------
    >>> _short("Denis Alipov (Russian ambassador)"), _short("A. Novak, as reported")
    ('Denis Alipov', 'A. Novak')
    """
    return who.split(" (")[0].split(",")[0]


def assumptions(held: Holdings) -> str:
    """Say under which assumptions the holdings build up."""
    words = [
        f"trade as in {text.period(held.netting.period)}",
        f"{text.share(held.invoicing)} invoiced in the two currencies",
        f"interest {text.share(held.interest)}",
        f"depreciation {text.share(held.depreciation)}",
        f"{text.money(held.sinks, short=True)} a year spent or invested",
    ]
    if held.start:
        words.append(f"{text.money(held.start, short=True)} at the start")
    return ", ".join(words)
