"""Design what a sentence wishes for, from what the workspace has: a document, an API description, migrations, decisions, a picture.

The parts are files of an overlay and are checked like any change: they parse, no rule finds anything new in them, the sums are right.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from architrave.analysis import architecture
from architrave.analysis.agents import Answer, Check, Design, Outcome
from architrave.analysis.markdown import code, sentence
from architrave.analysis.snapshot import Snapshot
from architrave_agents import outcomes
from architrave_agents.answering import Reader, ended
from architrave_agents.arithmetic import wrong_sums
from architrave_agents.bench import Workbench
from architrave_agents.prompts import prompt
from architrave_agents.proposal import proposal, refusal
from architrave_agents.running import Context, Offline
from architrave_agents.verify import Verdict, verdict

_REPAIRS = 2
SECTIONS = ("Context", "API", "Data", "Services and queues", "Failure modes", "Security", "Capacity", "Rollout", "Decisions")
_PICTURE = re.compile(
    r"^```mermaid\n\s*(?:graph|flowchart|sequenceDiagram|classDiagram|stateDiagram|erDiagram|C4\w+|architecture)", re.MULTILINE
)


async def design(run: Context) -> Outcome:
    task = run.job.task
    assert isinstance(task, Design)
    bench = run.bench
    folder = f"docs/design/{_slug(task.brief)}/"
    bench.overlay.only_below = "" if task.is_scaffolded else folder
    bench.check = lambda: _told(bench, folder)
    conversation = run.conversation(is_editing=True)
    reply = await conversation.say("\n\n".join(_prompt(run, task, folder)))
    for repair in range(_REPAIRS + 1):
        other = ended(run, reply)
        if other is not None:
            return other
        run.step("Checking the design")
        found = await run.aside(lambda: _checked(bench, folder))
        if found.stands or repair == _REPAIRS:
            break
        reasons = "\n".join(f"- {check.name}: {check.shown}" for check in found.failed)
        run.step(f"Sending {len(found.failed)} reasons back")
        reply = await conversation.say(f"The design was checked and is not right yet:\n\n{reasons}\n\nMend this.")
    title = f"Design: {_short(task.brief)}"
    if not found.stands:
        return refusal(bench, title, reply.text, found, run.budget.used)
    if task.is_scaffolded:
        return proposal(bench, title, reply.text, (), found, run.budget.used)
    reader = Reader(run, "free")
    reader.claims.take(bench.overlay.text(f"{folder}design.md"))
    reader.claims.end()
    files = {path.removeprefix(folder): bench.overlay.text(path) for path in sorted(bench.overlay.changed)}
    listed = "\n".join(f"- {code(path)}, {_count(text.count(chr(10)), 'line')}" for path, text in files.items())
    checks = "\n".join(f"- ✓ {check.name}: {sentence(check.shown)}" for check in found.checks)
    text = f"{reader.text}\n\n## Files\n\n{listed}\n\n## What was checked\n\n{checks}{reader.footer()}"
    return Answer(text, run.budget.used, reader.claims.dropped, files=files)


def _prompt(run: Context, task: Design, folder: str) -> Iterator[str]:
    where = "" if task.is_scaffolded else f"; nothing but what lies in `{folder}` can be written"
    scaffold = prompt("scaffold") if task.is_scaffolded else ""
    headings = ", ".join(f"`## {name}`" for name in SECTIONS)
    yield prompt("design", brief=task.brief, folder=folder, where=where, headings=headings, scaffold=scaffold)
    yield prompt("evidence")
    yield run.quoted("inventory", "\n".join(f"{label}: {value}" for label, value in _inventory(run.job.state.before)))
    for heading in ("Routes", "Tables", "Topics and queues", "Outgoing calls"):
        lines = list(architecture.section(run.job.state.before, run.bench.where, heading))[:80]
        if lines:
            yield run.quoted(heading.lower().replace(" ", "-"), "\n".join(lines))


def _told(bench: Workbench, folder: str) -> str:
    checks = _checked(bench, folder).checks
    return "\n".join(f"{'passed' if check.has_passed else 'FAILED'}: {check.name}. {check.shown}" for check in checks)


def _checked(bench: Workbench, folder: str) -> Verdict:
    """Return what checking shows: the parts of a design, and what holds for any change."""
    own = tuple(_parts(bench, folder))
    return Verdict((*own, *verdict(bench, ()).checks))


def _parts(bench: Workbench, folder: str) -> Iterator[Check]:
    texts = {path: bench.overlay.text(path) for path in bench.overlay.changed if path.startswith(folder)}
    document = texts.get(f"{folder}design.md", "")
    has = {re.sub(r"[^a-z ]", "", line.lower()).strip() for line in re.findall(r"^##[ \t]+(.+)$", document, re.MULTILINE)}
    missing = [f"`## {name}`" for name in SECTIONS if name.lower() not in has]
    yield _check("The document has every part", missing, f"{len(SECTIONS)} headings")
    pictures = [] if _PICTURE.search(document) else ["no ```mermaid block that begins with a kind of picture"]
    yield _check("There is a picture", pictures, "Mermaid")
    after = bench.snapshot()
    operations = architecture.operations(after, f"{folder}openapi.yaml")
    lacking = [] if operations else [f"`{folder}openapi.yaml` has no operation"]
    yield _check("The API description is one", lacking, _count(len(operations), "operation"))
    schemas = [path for path in sorted(texts) if path.startswith(f"{folder}migrations/") and path.endswith(".sql")]
    tables = [name for path in schemas for name in architecture.tables_made(after, path)]
    yield _check("The schema is one", [] if tables else [f"no file in `{folder}migrations/` makes a table"], f"{', '.join(tables)}")
    decisions = [path for path in texts if re.match(re.escape(folder) + r"adr/\d{4}-[\w-]+\.md$", path)]
    yield _check("The decisions are written down", [] if decisions else [f"no `{folder}adr/0001-….md`"], _count(len(decisions), "decision"))
    capacity = re.split(r"^## ", document.partition("## Capacity")[2], maxsplit=1, flags=re.MULTILINE)[0]
    wrong = [f"`{item.written}`: it is {item.result:,.4g}" for item in wrong_sums(capacity)]
    if not re.search(r"[=≈]\s*[\d$]", capacity):
        wrong.append("`## Capacity` has no calculation")
    yield _check("The sums are right", wrong, "each was worked out again")


def _check(name: str, wrong: list[str], fine: str) -> Check:
    return Check(name, "; ".join(wrong) or fine, not wrong)


def offline(run: Offline) -> Outcome:
    """Return what there is to build on, and the decisions that are open."""
    task = run.job.task
    assert isinstance(task, Design)
    inventory = architecture.inventory(run.job.state.before)
    parts = [f"# Design: {sentence(_short(task.brief))}", "## What there is to build on"]
    known = _inventory(run.job.state.before)
    parts.append("\n".join(f"- {label}: {sentence(value) or 'none that was recognised'}" for label, value in known))
    parts += ["## What is to be decided", "\n".join(f"- **{topic}**: {sentence(question)}" for topic, question in _open(inventory))]
    wish = "write the design: API description, migrations, services and queues, failure modes, capacity, rollout and decisions"
    parts.append(outcomes.without_model(run.why, wish))
    return Answer("\n\n".join(parts) + "\n", None, 0, True)


def _inventory(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    found = architecture.inventory(snapshot)
    yield "Languages", ", ".join(found.languages)
    yield "Services", ", ".join(found.services)
    yield "Routes", f"{found.routes}, {found.guarded} of them guarded" if found.routes else ""
    yield "API descriptions", ", ".join(found.descriptions)
    yield "Tables", ", ".join(found.tables)
    yield "Databases", ", ".join(found.engines)
    yield "Brokers", ", ".join(found.brokers)
    yield "Topics and queues", ", ".join(found.topics)
    yield "Clients", ", ".join(found.clients)
    yield "Calls to other services", str(found.calls) if found.calls else ""


def _open(found: architecture.Inventory) -> Iterator[tuple[str, str]]:
    """Yield the decisions that a design has to take here, each with what the facts say of it."""
    served = f"{_count(found.routes, 'route')} there" if found.routes else "no routes yet"
    yield "API", f"{served}: which resources are new, who may call them, how are pages limited, and how do old clients go on?"
    engines = _listed(found.engines) or "a database that was not recognised"
    tables = f"{_count(len(found.tables), 'table')} in {engines}" if found.tables else "no tables yet"
    yield "Data", f"{tables}: which service owns the new ones, what is read together, what grows without end, and what is deleted when?"
    services = f"{_count(len(found.services), 'service')} there" if found.services else "no service was recognised"
    yield "Services", f"{services}: does this belong to one of them, or does it change and scale on its own?"
    brokers = _listed(found.brokers) or "no broker yet"
    yield "Queues", f"{brokers}: what may happen later, what if it happens twice, and where does it go when it cannot be done?"
    caches = [name for name in found.clients if "redis" in name.lower()]
    yield "Caching", f"{_listed(caches) or 'no cache yet'}: what may be stale, for how long, and what if the cache is empty?"
    calls = f"{_count(found.calls, 'call')} to other services" if found.calls else "no calls to other services yet"
    yield "Failure", f"{calls}: which deadline, which retries, and what does a user see when one of them is away?"
    guarded = f"a guard was recognised on {found.guarded} of {_count(found.routes, 'route')}" if found.routes else "nothing to guard yet"
    yield "Security", f"{guarded}: who may see and do what, and what is logged of it?"
    yield "Capacity", "how many users, requests a second at the peak, bytes an item, and items kept: today, and in two years?"
    yield "Rollout", "which step comes first, behind which flag, and how is each undone?"


def _count(number: int, name: str) -> str:
    return f"{number:,} {name if number == 1 else name + 's'}"


def _listed(names: Sequence[str]) -> str:
    *most, last = names or ("",)
    return f"{', '.join(most)} and {last}" if most else last


def _slug(brief: str) -> str:
    words = re.findall(r"[a-z0-9]+", brief.lower())
    kept = [word for word in words if word not in ("a", "an", "the", "for", "of", "and", "to", "with", "we", "need", "want", "our")]
    return "-".join(kept[:5]) or "design"


def _short(brief: str) -> str:
    flat = " ".join(brief.split())
    return flat if len(flat) <= 100 else flat[:97] + "…"
