"""What deploys the code: settings, images, workloads, ports and probes."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from architrave.facts.values import Replacement
from architrave.text import Span


class Manifest(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A package's own description: its folder is a package root, perhaps a service. `dependencies` are distribution names."""

    span: Span
    kind: Literal["npm", "python", "go", "maven", "gradle", "cargo"]
    name: str
    dependencies: tuple[str, ...] = ()
    workspaces: tuple[str, ...] = ()  # Globs of member packages.
    source_roots: tuple[str, ...] = ()
    aliases: tuple[tuple[str, str], ...] = ()  # tsconfig paths, imports and exports: (pattern, folder). cargo: (name here, package).
    extends: tuple[str, ...] = ()  # Configurations whose aliases count here too, relative to this one's folder.
    parent: str = ""  # What it takes its versions from, with its own: `spring-boot-starter-parent:3.2.1`, `org.springframework.boot:3.2.1`.


class SettingRead(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """Code reads an environment variable. `name` is the attribute that holds it afterwards (`settings.database_url`), if any."""

    span: Span
    key: str
    function: str = ""
    has_default: bool = False
    default: str = ""
    name: str = ""
    key_span: Span | None = None
    is_required: bool = False  # Reading it fails where it is not set: `os.environ["X"]`, a settings field without default, `.expect()`.


class SettingDeclaration(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A deployment file sets an environment variable. `owner` is the compose service, workload or ConfigMap; "" for `.env` files.
    In a Dockerfile it is the stage that does not run but builds, "" for the image itself."""

    span: Span
    key: str
    source: Literal["dotenv", "compose", "kubernetes", "dockerfile", "terraform", "ci", "serverless"]
    owner: str = ""
    value: str = ""
    is_secret: bool = False


class SettingSource(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A workload takes all keys of a file (relative to its own), ConfigMap or Secret: `env_file`, `envFrom`; in Terraform and serverless
    files, of whatever expression stands in the place of the variables.

    service: of a service of another compose file, `base.yml#web`: `extends`.
    """

    span: Span
    owner: str
    kind: Literal["file", "configmap", "secret", "service"]
    name: str
    source: Literal["compose", "kubernetes", "terraform", "serverless"] = "compose"


class Inclusion(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A compose file makes another one, relative to its own, a part of its project."""

    span: Span
    path: str


class Listen(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A service listens. `port` is the literal or the default of the setting; None when unknown."""

    span: Span
    port: int | None
    setting: str = ""
    function: str = ""
    port_span: Span | None = None


class Server(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A server is started. `drains`: when its process is told to stop, it ends the requests that it has before it goes; False where that
    takes code of its own, which a `Drain` of the service would be. `fix` lets it."""

    span: Span
    library: str
    function: str = ""
    drains: bool = False
    fix: tuple[Replacement, ...] = ()


class Drain(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """Code waits for the signal to stop, or stops a server in good order: `process.on("SIGTERM", …)`, `signal.NotifyContext`."""

    span: Span
    name: str


class FlagRead(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """Code asks for a feature flag. `key_span` is the key without its quotes, where it is written as one text."""

    span: Span
    key: str
    library: str
    function: str = ""
    key_span: Span | None = None


class FlagDefinition(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A file of feature flags defines one. `value` is what everybody gets, "" where that depends on who asks, or is not known."""

    span: Span
    key: str
    format: Literal["flagd", "launchdarkly", "unleash", "go-feature-flag"]
    value: str = ""


class Stage(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """One stage of a Dockerfile, the last is what runs. `user` is "" when no USER is given. `command` is its ENTRYPOINT and CMD.

    What a stage takes from the stage of the file that it is built on counts as its own; `image` is the one at the root of them.
    `copies` are the paths that it copies from the build context.
    """

    span: Span
    name: str
    image: str
    is_final: bool
    user: str = ""
    user_span: Span | None = None
    ports: tuple[int, ...] = ()
    command: tuple[str, ...] = ()
    is_shell_form: bool = False
    end_span: Span | None = None  # Where a USER belongs: the empty span before CMD or ENTRYPOINT, or else the last instruction.
    copies: tuple[str, ...] = ()
    leaves_root: bool = False  # It installs what an entry point leaves root with: gosu, su-exec.
    shell_span: Span | None = None  # What a shell is given to run: the text of a CMD or ENTRYPOINT in shell form.
    shell: str = ""  # That text.
    image_span: Span | None = None  # Its image as the FROM writes it, where that is the whole of it.
    volumes: tuple[str, ...] = ()
    volume_span: Span | None = None  # Its first VOLUME: what is done to their folders after it is lost.
    only_unpacks: bool = False  # It takes files of the build context and does no more than move and unpack them, for other stages to copy.


class BuildInput(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """Something that a stage of a Dockerfile is given when it is built: an argument, or a path of the build context that it copies.

    `is_kept`: the image that runs has it, or its history. `value` is an argument's default; `fix` hands it as a secret to what uses it.
    """

    span: Span
    kind: Literal["argument", "copy"]
    name: str
    stage: str
    is_kept: bool
    value: str = ""
    fix: tuple[Replacement, ...] = ()
    is_used: bool = True  # A command of the stage could see it.


class BuildIgnore(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """What a `.dockerignore` leaves out of the build context of its folder. `span` is its last pattern."""

    span: Span
    patterns: tuple[str, ...]


class Credential(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A file of a tool's settings has a credential written in it; what it is, is not kept."""

    span: Span
    name: str


class ExposedPort(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A port in a deployment file. dockerfile: EXPOSE; container: containerPort or compose's inner port; published: compose's outer;
    service: a Kubernetes Service's port; target: its targetPort (a number or a port's name in `name`)."""

    span: Span
    owner: str
    kind: Literal["dockerfile", "container", "published", "service", "target"]
    port: int | None
    name: str = ""
    container: str = ""  # The container of a pod that the port belongs to.


class Workload(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A container that runs: a compose service, or one container of a Kubernetes Deployment, StatefulSet, DaemonSet, Job, CronJob.

    `name` is the compose service or the workload, `container` the container's own name; `build` is the folder it is built from,
    relative to the file's folder (`.` for that one), and `dockerfile` relative to `build`.
    """

    span: Span
    name: str
    kind: Literal["compose", "deployment", "statefulset", "daemonset", "job", "cronjob", "pod", "function"]
    container: str = ""
    image: str = ""
    build: str = ""
    dockerfile: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    namespace: str = ""
    replicas: int | None = None
    user: str = ""  # runAsUser or compose's `user`.
    runs_as_non_root: bool = False
    depends_on: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    extends: str = ""  # The service of another compose file that it is built like: `base.yml#web`.
    is_configured: bool = False  # Its command or files are set by what is mounted into it: a config file of the workspace.
    image_span: Span | None = None
    probes: tuple[str, ...] = ()  # Of a container of Kubernetes, whatever they ask: `readinessProbe`.
    probe_at: Span | None = None  # On a line of its own among the fields of the container: below it a probe may be written.
    has_volume: bool = False  # Something is mounted into it that may outlive it; no `emptyDir`, ConfigMap or Secret.


class Rollout(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """How a Deployment, or a patch of one, puts new pods in the place of old ones.

    `strategy` and `max_unavailable` are as written, "" where nothing is; `keeps_volume`: its pods mount a volume that is claimed, which
    often only one of them may; `start` is where the object begins.
    """

    span: Span
    name: str
    namespace: str = ""
    replicas: int | None = None
    replicas_span: Span | None = None
    strategy: str = ""
    strategy_span: Span | None = None
    max_unavailable: str = ""
    max_unavailable_span: Span | None = None
    keeps_volume: bool = False
    start: Span | None = None
    labels: tuple[tuple[str, str], ...] = ()  # Of its pods.


class DisruptionBudget(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A PodDisruptionBudget: how many pods may be taken away while a node is emptied. The limits are as written."""

    span: Span
    name: str
    namespace: str
    selector: tuple[tuple[str, str], ...]
    min_available: str = ""
    max_unavailable: str = ""
    limit_span: Span | None = None


class Autoscaler(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """Something changes how often a workload runs: a HorizontalPodAutoscaler. `maximum` is None when it could not be known."""

    span: Span
    kind: str  # Of the workload, in lower case: deployment.
    target: str
    maximum: int | None = None
    namespace: str = ""


class ScheduledJob(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """Code that a clock inside the process runs: `@Scheduled`, `cron.schedule(…)`. `handler` is the definition that does the work, "" where
    it is written in place, at `body` in `function`. `is_guarded`: a lock or a leader sees to it that one process does it."""

    span: Span
    library: str
    handler: str = ""
    function: str = ""
    body: Span | None = None
    is_guarded: bool = False


class TraceHeader(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """Code reads or writes a header that says to which request something belongs: `traceparent`, `X-Request-ID`."""

    span: Span
    name: str


class NetworkService(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A Kubernetes Service: a host name for the workloads that its selector matches."""

    span: Span
    name: str
    selector: tuple[tuple[str, str], ...]
    namespace: str = ""
    selector_span: Span | None = None
    label_spans: tuple[Span, ...] = ()  # Of the values in `selector`.


class IngressRule(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A path of an Ingress leads to a Service."""

    span: Span
    service: str
    path: str
    port: int | None = None
    port_name: str = ""
    namespace: str = ""
    port_span: Span | None = None


class ProcessState(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A variable of a module, or a field of an object that lives as long as the process (`owner`), begins empty or with a number and is
    changed by functions, at `writes` by the `writers` of the same order. `readers` look at it."""

    span: Span
    name: str
    owner: str
    writers: tuple[str, ...]
    writes: tuple[Span, ...]
    readers: tuple[str, ...] = ()
    is_number: bool = False


class LocalFile(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """What a request brought is kept in a file of the machine: an upload. `reason` is what the code says of it."""

    span: Span
    function: str
    library: str
    reason: str = ""


class GatewayRule(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A gateway or mesh waits for a service only so long, or tries it again: an Ingress, a VirtualService, a route of Envoy.

    `host` is what it sends to, `path` what the paths that it is about begin with. `milliseconds` is the timeout as it is written at `span`,
    `attempts` counts the first, as written at `retry_span`; None where nothing is said. The fixes set another timeout, of `{seconds}`, and
    let it try once.
    """

    span: Span
    kind: Literal["nginx", "Istio", "Gateway API", "Linkerd", "Envoy", "Spring Cloud Gateway"]
    host: str
    path: str = ""
    milliseconds: int | None = None
    timeout_fix: tuple[Replacement, ...] = ()
    attempts: int | None = None
    retry_span: Span | None = None
    retry_fix: tuple[Replacement, ...] = ()


class ServerlessFunction(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A function that a platform runs a copy of for each request at a time. `handler` is a file of the workspace without its suffix and a
    definition in it, `src/orders.create`, or "" for the file itself. `milliseconds` is when it is ended, None where nothing is said."""

    span: Span
    platform: Literal["AWS Lambda", "Vercel", "Supabase", "Netlify", "Google Cloud", "Azure"]
    name: str
    handler: str = ""
    milliseconds: int | None = None
    timeout_span: Span | None = None
    timeout_fix: tuple[Replacement, ...] = ()


class Proxy(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """Something stands before services and limits how often they are asked, or may do so though that cannot be read. `name` says what."""

    span: Span
    name: str


class Probe(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """An HTTP probe of a workload, or of a load balancer. `port` is a number, or a port's name in `port_name`."""

    span: Span
    owner: str
    kind: Literal["liveness", "readiness", "startup", "healthcheck", "balancer"]
    path: str
    port: int | None = None
    port_name: str = ""
    container: str = ""
    path_span: Span | None = None  # Where the path is written, in quotes or not.
    port_span: Span | None = None
    has_headers: bool = False  # It sends headers of its own, perhaps credentials.


class CiStep(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A step of a pipeline: `run` is its script, `uses` its action, or the name of what is written elsewhere.

    `folder` is where it runs, as written, "" for the whole workspace; `needs` are the jobs that have ended before its own begins; `inputs`
    are what its action is given; `reference_span` is where `uses` says which version.
    """

    span: Span
    job: str
    name: str = ""
    run: str = ""
    uses: str = ""
    folder: str = ""
    needs: tuple[str, ...] = ()
    inputs: tuple[tuple[str, str], ...] = ()
    reference_span: Span | None = None


class Benchmark(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """Something that measures how fast the code is, or how much load it bears: a bench target, a script of a package, a scenario of k6."""

    span: Span
    tool: str
    name: str = ""


class Resource(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A Terraform resource: `aws_db_instance` `orders`. `attributes` are its literal ones, nested with dots."""

    span: Span
    type: str
    name: str
    attributes: tuple[tuple[str, str], ...] = ()


class Storage(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A store of data that infrastructure code makes, and whether what it holds is encrypted at rest.

    `reason` is the literal that says that it is not, or the setting that is missing and off by default.
    """

    span: Span
    type: str
    name: str
    is_encrypted: bool
    reason: str = ""
    fix: tuple[Replacement, ...] = ()
