//! The arguments.

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

const AFTER: &str = "\
FILTER is a case id, a part of one (a folder, a file, a case with rows), a glob over ids, or key:value with the keys step, tag, policy, need, see, rule, verdict.

Exit codes: 0 as expected; 1 something unexpected or stale, or a requested subject could not run; 2 wrong usage or bad input; 3 nothing could run.";

/// Conformance suite for CORS: replays cases against servers and explains every verdict by the Fetch Standard.
#[derive(Debug, Parser)]
#[command(name = "crosscheck", version, after_help = AFTER, max_term_width = 110)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Replay cases on the model and on servers; without arguments: all cases, on everything embedded.
    Run(Run),
    /// List cases, the coverage of the standard, or the subjects.
    List(List),
    /// Explain a case, a rule, a step of the standard or a leniency, or why your own request fails.
    Explain(Box<Explain>),
    /// Check case files, baselines and recall.yaml: syntax, meaning, and what the model says to the cases.
    Lint(Lint),
    /// Ask a server that is already running what it shares, and compare that with a policy.
    Probe(Probe),
    /// Find the release of a server that changed the verdict of a case.
    Bisect(Bisect),
    /// List, install and check the implementations that can be tested.
    Subjects(Subjects),
    /// Serve the cases on loopback, so that any HTTP client's own tests can ask them.
    ServeCases(ServeCases),
    /// Check that a client's adapter speaks the protocol, and say in words where it does not.
    CheckClient(CheckClient),
    /// Read results again: on the terminal, as JSON, or as an HTML site.
    Report(Report),
}

/// How results are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For programs; the shapes only grow.
    Json,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Output {
    /// Text for people or JSON for programs.
    #[arg(long, value_enum, default_value = "text", global = true)]
    pub(crate) format: Format,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Corpora {
    /// Where cases are, in place of ./cases; several add up, ids are relative to each.
    #[arg(long = "cases", value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Run {
    /// Which cases.
    #[arg(value_name = "FILTER")]
    pub(crate) filters: Vec<String>,
    #[command(flatten)]
    pub(crate) corpora: Corpora,
    /// A client to test, NAME or NAME@VERSION.
    #[arg(long = "client", value_name = "NAME")]
    pub(crate) clients: Vec<String>,
    /// A server to test, NAME or NAME@VERSION.
    #[arg(long = "server", value_name = "NAME")]
    pub(crate) servers: Vec<String>,
    /// The program of a browser engine, where it is not the installed one.
    #[arg(long = "engine-path", value_name = "ENGINE=FILE")]
    pub(crate) engine_paths: Vec<String>,
    /// The folder of the known deviations; reports/baselines if it is there.
    #[arg(long, value_name = "DIR", conflicts_with = "no_baseline")]
    pub(crate) baseline: Option<PathBuf>,
    /// Ignore baselines; report every deviation as unexpected.
    #[arg(long)]
    pub(crate) no_baseline: bool,
    /// Update the baseline of each subject that ran to the end: remove stale cases, list new ones, and append causes that are
    /// `unexplained` for those that no cause covers.
    #[arg(long, conflicts_with = "no_baseline")]
    pub(crate) update_baseline: bool,
    /// Where the results go.
    #[arg(long, value_name = "FILE", default_value = "reports/out/results.jsonl")]
    pub(crate) output: PathBuf,
    /// How many listeners of a subject are asked at a time.
    #[arg(long, value_name = "N")]
    pub(crate) jobs: Option<usize>,
    /// Seconds that one case may take.
    #[arg(long, value_name = "S", default_value_t = 10.0)]
    pub(crate) timeout: f64,
    /// How many deviations of a subject are shown in full.
    #[arg(long, value_name = "N", default_value_t = 12)]
    pub(crate) details: usize,
    /// Show the deviations that the baseline knows in full as well.
    #[arg(long)]
    pub(crate) known: bool,
    #[command(flatten)]
    pub(crate) output_format: Output,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct List {
    /// Which cases.
    #[arg(value_name = "FILTER")]
    pub(crate) filters: Vec<String>,
    #[command(flatten)]
    pub(crate) corpora: Corpora,
    /// For each step of the standard, the cases on either side of it.
    #[arg(long, conflicts_with = "subjects")]
    pub(crate) coverage: bool,
    /// The implementations that can be tested.
    #[arg(long)]
    pub(crate) subjects: bool,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Your own request, by flags:
  crosscheck explain --origin https://app.example --url https://api.example/data --method PUT \\
      --response '204 | Access-Control-Allow-Origin: https://app.example' --response '200'
or pasted on stdin: `curl -v` output, DevTools \"copy as fetch\" followed by the response heads, or a HAR file:
  curl -v -H 'Origin: https://app.example' https://api.example/data 2>&1 | crosscheck explain -")]
pub(crate) struct Explain {
    /// A case id, a rule, a step, a leniency, `rules` or `grades`; `-` reads an exchange from stdin.
    #[arg(value_name = "WHAT")]
    pub(crate) what: Option<String>,
    #[command(flatten)]
    pub(crate) corpora: Corpora,
    /// The page's origin; `null` for an opaque one.
    #[arg(long)]
    pub(crate) origin: Option<String>,
    /// The URL that the page asks for; with a HAR file, a part of it picks the request.
    #[arg(long)]
    pub(crate) url: Option<String>,
    /// The method.
    #[arg(long, short = 'X')]
    pub(crate) method: Option<String>,
    /// A request header, `Name: value`.
    #[arg(long = "header", short = 'H', value_name = "NAME: VALUE")]
    pub(crate) headers: Vec<String>,
    /// The body, as text.
    #[arg(long)]
    pub(crate) body: Option<String>,
    /// cors, no-cors or same-origin.
    #[arg(long)]
    pub(crate) mode: Option<String>,
    /// omit, same-origin or include.
    #[arg(long)]
    pub(crate) credentials: Option<String>,
    /// follow, error or manual.
    #[arg(long)]
    pub(crate) redirect: Option<String>,
    /// What asks: fetch, xhr, img, script, form, navigate or websocket.
    #[arg(long)]
    pub(crate) via: Option<String>,
    /// A cookie in the jar, as a Set-Cookie value.
    #[arg(long = "cookie", value_name = "SET-COOKIE")]
    pub(crate) cookies: Vec<String>,
    /// An answer, in the order of the wire: 'STATUS | Name: value | ...'; @FILE reads a head from a file.
    #[arg(long = "response", value_name = "ANSWER")]
    pub(crate) responses: Vec<String>,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Subjects {
    #[command(subcommand)]
    pub(crate) task: Option<SubjectsTask>,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SubjectsTask {
    /// Every subject, with its registry and version.
    List,
    /// Install subjects, NAME or NAME@VERSION; all without a name.
    Install {
        /// Which.
        #[arg(value_name = "NAME")]
        names: Vec<String>,
    },
    /// Start servers with every policy of the corpus and show what they say of each: ready, refused, unsupported.
    Check {
        /// Which.
        #[arg(value_name = "NAME")]
        names: Vec<String>,
    },
    /// Start a server with one policy, say where it listens, and leave it there until Ctrl-C: for a `curl` of a report, or one's own.
    Serve {
        /// Which, NAME or NAME@VERSION.
        #[arg(value_name = "NAME")]
        name: String,
        /// A file below cases/policies, without its ending; `defaults` or `docs`; or the id of a case that has it.
        #[arg(value_name = "POLICY")]
        policy: String,
        #[command(flatten)]
        corpora: Corpora,
    },
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Lint {
    /// Files or folders, in place of ./cases with reports/baselines.
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Asks with GET, HEAD and preflights only, each request once, so many a second. What the policy does not say is not judged, and
rules that need an application of ours behind the URL (refuse-error, swallows-options, unstable) do not apply.

  crosscheck probe http://localhost:3000/api/data --policy my-policy.yaml

The policy file is { title: ..., policy: { origins: { list: [https://app.example] }, credentials: true, methods: [PUT] } }.")]
pub(crate) struct Probe {
    /// The URL that the policy speaks of.
    pub(crate) url: String,
    /// Which of the cases that the policy implies.
    #[arg(value_name = "FILTER")]
    pub(crate) filters: Vec<String>,
    /// The policy that it should follow, a YAML file.
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: PathBuf,
    /// A header for every request, for authorization.
    #[arg(long = "header", short = 'H', value_name = "NAME: VALUE")]
    pub(crate) headers: Vec<String>,
    /// Send methods other than GET, HEAD and preflights as well.
    #[arg(long)]
    pub(crate) allow_unsafe: bool,
    /// Requests a second.
    #[arg(long, value_name = "N", default_value_t = 20.0)]
    pub(crate) rate: f64,
    /// Seconds that one case may take, once it is its turn.
    #[arg(long, value_name = "S", default_value_t = 10.0)]
    pub(crate) timeout: f64,
    /// Certificates to trust beside the system's, a PEM file.
    #[arg(long = "ca", value_name = "FILE")]
    pub(crate) authorities: Option<PathBuf>,
    /// Where the results go; nowhere unless said.
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// How many deviations are shown in full.
    #[arg(long, value_name = "N", default_value_t = 12)]
    pub(crate) details: usize,
    #[command(flatten)]
    pub(crate) output_format: Output,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Asks the registry which releases there are, and searches between the two, in whichever order they came out; previews are left out.
A release that cannot be installed, or of which the case says nothing, is skipped. Known deviations count as any other.

  crosscheck bisect --server hono --case 'policies/any#vary-leak/get-foreign' --good 4.10.8 --bad 4.9.0

Exit codes: 0 the release is found; 1 it is one of several, most of which say nothing; 2 wrong usage, or the case does not tell the
two apart; 3 one of the two cannot be asked.")]
pub(crate) struct Bisect {
    /// The server, NAME.
    #[arg(long, value_name = "NAME")]
    pub(crate) server: String,
    /// The id of a case.
    #[arg(long, value_name = "ID")]
    pub(crate) case: String,
    /// A release that keeps the rule.
    #[arg(long, value_name = "VERSION")]
    pub(crate) good: String,
    /// A release that breaks it.
    #[arg(long, value_name = "VERSION")]
    pub(crate) bad: String,
    #[command(flatten)]
    pub(crate) corpora: Corpora,
    /// Seconds that the case may take on one release, once it has started.
    #[arg(long, value_name = "S", default_value_t = 10.0)]
    pub(crate) timeout: f64,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Report {
    /// A results file of `crosscheck run`.
    #[arg(value_name = "FILE", default_value = "reports/out/results.jsonl")]
    pub(crate) file: PathBuf,
    /// Write a self-contained HTML site into this folder.
    #[arg(long, value_name = "DIR")]
    pub(crate) html: Option<PathBuf>,
    /// Only the servers side by side: grades, families of rules, topics.
    #[arg(long, conflicts_with = "html")]
    pub(crate) matrix: bool,
    /// How many deviations of a subject are shown in full.
    #[arg(long, value_name = "N", default_value_t = 12)]
    pub(crate) details: usize,
    /// Show the deviations that the baseline knows in full as well.
    #[arg(long)]
    pub(crate) known: bool,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Debug, ClapArgs)]
#[command(after_long_help = "\
The port is an HTTP proxy (absolute form, and CONNECT for https with certificates of an authority of this run) and answers plain
requests by their Host as well. Every case lives under a path prefix of its own, /~N, which its URLs already have. Under any host:

  GET /~cases      {\"crosscheck\":1,\"cases\":[{\"n\":0,\"id\":\"..\",\"title\":\"..\",\"needs\":[..],
                     \"legs\":[{\"leg\":0,\"page\":{\"origin\":\"..\",\"url\":\"..\"},\"request\":{\"url\":\"..\",..},\"wait_ms\":0}],
                     \"cookies\":[\"URL\",..]}]}
                   A page of origin \"null\" has \"opaque\":\"sandbox\" or \"data\". The keys of `request` are those of a case. Before
                   the first leg each URL of `cookies` is visited, which sets them; each leg waits `wait_ms` after the one before.
  GET /~ca.pem     the authority's certificate
  POST /~outcome   {\"n\":0,\"leg\":0,\"outcome\":{\"type\":\"cors\",\"status\":200,\"statusText\":\"\",\"headers\":[[\"n\",\"v\"]],\"body\":\"base64\",
                     \"redirected\":false,\"url\":\"..\"}} or \"outcome\":{\"type\":\"error\",\"name\":\"TypeError\"}; answered by
                   {\"crosscheck\":1,\"n\":0,\"id\":\"..\",\"leg\":1,\"verdict\":null,\"deviations\":[]} with the leg that is next, or after the
                   last leg {..,\"leg\":null,\"verdict\":\"pass\",\"deviations\":[{\"step\":\"..\",\"verdict\":\"..\",\"what\":\"..\",\"expected\":\"..\",
                   \"actual\":\"..\"}]}, with \"reason\" for allowed and broken, and \"transcript\" where it deviates
  POST /~/result   the same in the words of the self-driving page, which is at http://runner.crosscheck.test/ through the proxy:
                   the answer's `leg` is the next fetch of that page itself
  POST /~reset     {\"n\":0} before a case is asked again; answered by {\"crosscheck\":1,\"n\":0}

What cannot be answered has a status of 400 to 409 and {\"error\":\"why\"}. What is expected is told of no case before its end.")]
pub(crate) struct ServeCases {
    /// Which cases.
    #[arg(value_name = "FILTER")]
    pub(crate) filters: Vec<String>,
    #[command(flatten)]
    pub(crate) corpora: Corpora,
    /// The port; without it the system chooses one.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) port: u16,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Starts the command once per check and speaks JSON lines with it, as `crosscheck run --client` does:
  crosscheck check-client -- node my-adapter.cjs

Exit codes: 0 it speaks the protocol; 1 it does not.")]
pub(crate) struct CheckClient {
    /// Seconds that it may take for one fetch.
    #[arg(long, value_name = "S", default_value_t = 10.0)]
    pub(crate) timeout: f64,
    #[command(flatten)]
    pub(crate) output: Output,
    /// The command that starts the adapter.
    #[arg(value_name = "COMMAND", last = true, required = true)]
    pub(crate) command: Vec<String>,
}
