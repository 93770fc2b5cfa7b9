"""Flame graphs: samples as py-spy writes them, drawn as one small SVG that needs no script."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

Stack = tuple[str, ...]
"""Frames as `function (file)`, the outermost first."""
WIDTH, ROW, TEXT = 1200.0, 16, 6.2
"""Pixels: of all samples, of a frame's height, of a character."""
RUNNER = "asyncio/runners.py"
LOOP = "event loop (and drivers written in C)"
THINNEST = 0.005
"""Share of the samples below which a frame is left out."""
COLOURS = ("#d9a05b", "#7fa7d0", "#8fbf8f", "#c98f8f", "#b39ddb", "#80c4bd", "#d3c46a", "#a3b18a", "#d08fb8", "#9fb0bd")


@dataclass(slots=True)
class Frame:
    name: str
    samples: int = 0
    stages: Counter[str] = field(default_factory=Counter)
    calls: dict[str, "Frame"] = field(default_factory=dict)

    @property
    def stage(self) -> str:
        """That most of its samples belong to."""
        return self.stages.most_common(1)[0][0]


def read(raw: Path) -> Counter[Stack]:
    """Samples by stack. Lines are `frame;frame;frame number`, the outermost frame first."""
    stacks: Counter[Stack] = Counter()
    for line in raw.read_text().splitlines():
        frames, _, samples = line.rpartition(" ")
        stacks[_below_loop(frames.split(";"))] += int(samples)
    return stacks


def _below_loop(frames: list[str]) -> Stack:
    """Without what every stack begins with: the program's start, down to the event loop."""
    starts = [place for place, frame in enumerate(frames) if f"({RUNNER}" in frame]
    below = frames[starts[-1] + 1 :] if starts else frames
    return tuple(filter(None, below)) or (LOOP,)


def drawn(stacks: Counter[Stack], stage: Callable[[Stack], str]) -> str:
    """An SVG: as wide as its share of the samples, callers below what they call, a colour for each stage."""
    root = _tree(stacks, stage)
    colours = dict(zip((name for name, _ in root.stages.most_common()), COLOURS, strict=False))
    boxes = list(_boxes(root, 0.0, 0, root.samples))
    height = (max(depth for _, _, _, depth in boxes) + 2) * ROW + 2 * ROW
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:.0f} {height}"',
        ' font-family="monospace" font-size="10">',
        f'<rect width="{WIDTH:.0f}" height="{height}" fill="white"/>',
        *_legend(colours),
    ]
    for frame, x, width, depth in boxes:
        y = height - (depth + 1) * ROW
        parts.append(_box(frame, x, width, y, colours.get(frame.stage, "#cccccc"), root.samples))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _tree(stacks: Counter[Stack], stage: Callable[[Stack], str]) -> Frame:
    root = Frame("all")
    for stack, samples in stacks.items():
        of, at = stage(stack), root
        for name in ("all", *stack):
            at = root if at is root and name == "all" else at.calls.setdefault(name, Frame(name))
            at.samples += samples
            at.stages[of] += samples
    return root


def _boxes(frame: Frame, x: float, depth: int, total: int) -> Iterator[tuple[Frame, float, float, int]]:
    yield frame, x, WIDTH * frame.samples / total, depth
    for called in sorted(frame.calls.values(), key=lambda one: one.name):
        if called.samples >= THINNEST * total:
            yield from _boxes(called, x, depth + 1, total)
        x += WIDTH * called.samples / total


def _box(frame: Frame, x: float, width: float, y: int, colour: str, total: int) -> str:
    said = frame.name.partition(" (")[0][: int((width - 4) / TEXT)]
    text = f'<text x="{x + 2:.1f}" y="{y + 11}">{escape(said)}</text>' if len(said) > 2 else ""
    title = escape(f"{frame.name}: {100 * frame.samples / total:.1f} % ({frame.stage})")
    box = f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{ROW - 1}" fill="{colour}"/>'
    return f"<g><title>{title}</title>{box}{text}</g>"


def _legend(colours: dict[str, str]) -> Iterator[str]:
    x = 4.0
    for stage, colour in colours.items():
        yield f'<rect x="{x:.0f}" y="4" width="10" height="10" fill="{colour}"/>'
        yield f'<text x="{x + 14:.0f}" y="13">{escape(stage)}</text>'
        x += 30 + TEXT * len(stage)
