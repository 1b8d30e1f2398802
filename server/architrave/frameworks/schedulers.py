"""Clocks inside a process: Spring, Nest, APScheduler, schedule, node-cron, cron, node-schedule, gocron, robfig, tokio-cron-scheduler."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.code import Call
from architrave.facts.deployment import ScheduledJob
from architrave.facts.values import Argument, Function, Name
from architrave.framework import Decorated, File, Framework

java = Framework("java-schedulers", languages=("java",))
python = Framework("python-schedulers", languages=("python",), modules=("apscheduler", "schedule"))
node = Framework("js-schedulers", languages=("javascript", "typescript"))
go = Framework("go-schedulers", languages=("go",), modules=("github.com/go-co-op/gocron", "github.com/robfig/cron"))
rust = Framework("rust-schedulers", languages=("rust",), modules=("tokio_cron_scheduler",))
FRAMEWORKS = (java, python, node, go, rust)

# What makes one of several processes the one that works.
_GUARDS = ("WithDistributedLocker", "WithDistributedElector", "WithLocker")
# On a class or method of Spring: whether it is there at all is a setting.
_CONDITIONS = ("ConditionalOnProperty", "ConditionalOnExpression", "Profile", "SchedulerLock")


@java.decorator("org.springframework.scheduling.annotation.Scheduled")
def scheduled(decorated: Decorated, file: File) -> Iterator[Fact]:
    decorator, definition = decorated
    holder = file.definition(definition.name.rpartition(".")[0])
    marks = (*definition.decorators, *(holder.decorators if holder is not None else ()))
    is_guarded = any(mark.name.rpartition(".")[2] in _CONDITIONS for mark in marks)
    yield ScheduledJob(decorator.span, "spring", definition.name, is_guarded=is_guarded)


@node.decorator("@nestjs/schedule.Cron", "@nestjs/schedule.Interval")
def timed(decorated: Decorated, file: File) -> Iterator[Fact]:
    yield ScheduledJob(decorated[0].span, "@nestjs/schedule", decorated[1].name)


@python.decorator("*.scheduled_job")
def decorated_job(decorated: Decorated, file: File) -> Iterator[Fact]:
    yield ScheduledJob(decorated[0].span, "apscheduler", decorated[1].name)


@python.call("*.add_job")
def added_job(call: Call, file: File) -> Iterator[Fact]:
    """`scheduler.add_job(send_reminders, "interval", hours=1)`; one without a trigger runs once."""
    if "apscheduler" in call.callee and (len(call.arguments) > 1):
        yield from _job(call, "apscheduler", call.arguments[0], file)


@python.call("*.do")
def every(call: Call, file: File) -> Iterator[Fact]:
    """`schedule.every().day.at("10:30").do(send_reminders)`."""
    if call.callee.startswith("schedule.every") and call.arguments:
        yield from _job(call, "schedule", call.arguments[0], file)


@node.call("node-cron.schedule", "node-cron.default.schedule", "node-schedule.scheduleJob", "node-schedule.default.scheduleJob")
def cron(call: Call, file: File) -> Iterator[Fact]:
    """`cron.schedule("0 8 * * *", sendReminders)`."""
    given = next((item for item in call.arguments[1:] if isinstance(item.value, Name | Function)), None)
    if given is not None:
        yield from _job(call, call.callee.partition(".")[0], given, file)


@node.call("cron.CronJob")
def cron_job(call: Call, file: File) -> Iterator[Fact]:
    if len(call.arguments) > 1:
        yield from _job(call, "cron", call.arguments[1], file)


@go.call("*.Do", "*.AddFunc", "*.NewTask")
def added_func(call: Call, file: File) -> Iterator[Fact]:
    """`scheduler.Every(1).Day().Do(task)`, `c.AddFunc("@daily", task)`, `gocron.NewTask(task)`."""
    is_cron = call.callee.startswith("github.com/robfig/cron") and call.callee.endswith(".AddFunc")
    at = 1 if is_cron else 0
    if (is_cron or call.callee.startswith("github.com/go-co-op/gocron")) and len(call.arguments) > at:
        yield from _job(call, "robfig/cron" if is_cron else "gocron", call.arguments[at], file)


@rust.call("*.new", "*.new_async")
def job(call: Call, file: File) -> Iterator[Fact]:
    """`Job::new_async("0 0 8 * * *", |_, _| Box::pin(async move { … }))`."""
    if call.callee.startswith("tokio_cron_scheduler.Job.new") and len(call.arguments) > 1:
        yield from _job(call, "tokio-cron-scheduler", call.arguments[1], file)


def _job(call: Call, library: str, given: Argument, file: File) -> Iterator[Fact]:
    is_guarded = any(other.callee.endswith(_GUARDS) for other in file.all(Call)) or bool(file.enclosing(call.span, "branch"))
    value = given.value
    name = value.name if isinstance(value, Name | Function) else ""
    is_named = isinstance(value, Name) or file.definition(name) is not None
    body = None if is_named else value.span
    yield ScheduledJob(call.span.until(call.name_span), library, name if is_named else "", call.function, body, is_guarded)
