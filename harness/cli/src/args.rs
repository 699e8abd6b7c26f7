//! The command line: commands, flags and their help texts.

mod export;
mod fuzz;
mod infer;
mod probe;
mod scale;

pub(crate) use export::Export;
pub(crate) use fuzz::Fuzz;
pub(crate) use infer::Infer;
pub(crate) use probe::{ProbeExit, ProbeTargets, RequestOptions};
pub(crate) use scale::{Diff, Merge, RunPart};

use crate::frameworks::{Framework, Language};
use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use crosscheck_text::Secret;
use std::num::NonZeroUsize;
use std::path::PathBuf;

const AFTER: &str = "\
FILTER is a case id, a leading part of one (a folder, a file, a case with rows), a glob over ids (`*` matches any text, `{a,b}` either alternative), or key:value with the keys step, tag, policy, need, see, rule, verdict.

Exit codes: 0 everything is as expected; 1 something is unexpected, stale or not judged, a requested subject could not run, or a signal ended the run; 2 wrong usage or bad input; 3 nothing could run. A second signal ends the program at once, with 128 and the number of the signal.";

/// Conformance suite for CORS: replays cases against servers, browsers and HTTP clients, and explains every verdict by the Fetch Standard.
#[derive(Debug, Parser)]
#[command(name = "crosscheck", version, after_help = AFTER, max_term_width = 110)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run cases on the model, on servers and on clients; without arguments, all cases on the servers and clients of crosscheck.yaml, or
    /// else on the model and the embedded servers.
    Run(Run),
    /// Write a crosscheck.yaml, a skeleton in your framework and a CI workflow into the working folder, to test a CORS middleware.
    Init(Init),
    /// List cases, the coverage of the standard, or the subjects.
    List(List),
    /// Explain a case, a rule, a verdict, a step of the standard or a leniency, or why your own request fails.
    Explain(Box<Explain>),
    /// Check case files, baselines, recall.yaml and the descriptions of subjects: syntax, meaning, and whether each expectation matches the model.
    Lint(Lint),
    /// Send requests to a server that is already running, and compare what it shares with a policy.
    Probe(Probe),
    /// Infer which origins a running server allows, and which of them an attacker can have.
    Infer(Infer),
    /// Search deviations of servers that no case names.
    Fuzz(Fuzz),
    /// Find the release of a server that changed the verdict of a case.
    Bisect(Bisect),
    /// List, install and check the implementations that can be tested.
    Subjects(Subjects),
    /// Serve the cases on loopback, so that the tests of any HTTP client can run them.
    ServeCases(ServeCases),
    /// Check that the adapter of a client follows the protocol, and report each fault.
    CheckClient(CheckClient),
    /// Write the cases for servers as one JSON file, for a test in any language.
    Export(Export),
    /// Put the results of shards, or of runs of different subjects, into one file.
    Merge(Merge),
    /// Show what is new, changed and fixed between two results files.
    Diff(Diff),
    /// Show saved results: on the terminal, as JSON, as an HTML site, or in the formats that CI systems read.
    Report(Report),
    /// Write the completions of a shell to stdout.
    Completions(Completions),
    /// Write the manual pages of all commands.
    #[command(hide = true)]
    Man(Man),
}

/// The format of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Text for people.
    Text,
    /// JSON for programs; new keys may be added, none is removed.
    Json,
}

#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct Output {
    /// Write text for people or JSON for programs.
    #[arg(long, value_enum, default_value = "text", global = true)]
    pub(crate) format: Format,
}

#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct ReportFiles {
    /// Write a report for CI systems; may be repeated. FORMAT is junit, sarif, markdown, github or badge. `-` as FILE writes to
    /// standard output: the commands of github after the text, the other formats in its place.
    #[arg(long = "report", value_name = "FORMAT=FILE")]
    pub(crate) reports: Vec<String>,
}

#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct Corpora {
    /// A file or folder of cases, instead of those of the program; may be repeated. Case ids are relative to each PATH.
    #[arg(long = "cases", value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
}

#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct Run {
    /// Select cases; all without a filter.
    #[arg(value_name = "FILTER")]
    pub(crate) filters: Vec<String>,
    #[command(flatten)]
    pub(crate) corpora: Corpora,
    /// Test this client; may be repeated.
    #[arg(long = "client", value_name = "NAME")]
    pub(crate) clients: Vec<String>,
    /// Test the browser that this command starts. It has `{proxy}` and `{url}`, and may have `{profile}`, a new folder, and `{ca}`, the
    /// file with the authority of the certificates: 'servo --proxy={proxy} {url}'. The subject has the name `browser`.
    #[arg(long, value_name = "CMD")]
    pub(crate) browser: Option<String>,
    /// Test this server, NAME or NAME@VERSION; may be repeated.
    #[arg(long = "server", value_name = "NAME")]
    pub(crate) servers: Vec<String>,
    /// Use this program as the browser engine, instead of the installed one.
    #[arg(long = "engine-path", value_name = "ENGINE=FILE")]
    pub(crate) engine_paths: Vec<String>,
    /// The folder of the baselines (default: that of crosscheck.yaml, otherwise those that the program carries for its own subjects).
    #[arg(long, value_name = "DIR", conflicts_with = "no_baseline")]
    pub(crate) baseline: Option<PathBuf>,
    /// Ignore baselines; report every deviation as unexpected.
    #[arg(long)]
    pub(crate) no_baseline: bool,
    /// Update the baseline of each subject that ran to the end: remove stale cases, list new ones, and append causes that are
    /// `unexplained` for those that no cause covers.
    #[arg(long, conflicts_with = "no_baseline")]
    pub(crate) update_baseline: bool,
    /// Write results to this file (default: that of crosscheck.yaml, otherwise reports/out/results.jsonl).
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) report_files: ReportFiles,
    /// Continue the run that wrote the file of --output, with the same subjects, filters and cases: keep the results of the subjects
    /// that ran to their end and the cases of clients that ended, and run the rest. Without such a file, run everything.
    #[arg(long)]
    pub(crate) resume: bool,
    #[command(flatten)]
    pub(crate) part: RunPart,
    /// Run cases on this many listeners of a subject at the same time.
    #[arg(long, value_name = "N")]
    pub(crate) jobs: Option<NonZeroUsize>,
    /// Time limit for one case, in seconds (default: that of crosscheck.yaml, otherwise 10).
    #[arg(long, value_name = "S")]
    pub(crate) timeout: Option<f64>,
    /// A header to add to every request to a server; may be repeated. It replaces what browsers send, such as Accept-Encoding, and
    /// without a value leaves it out. Results and reports have `[redacted]` in place of the value.
    #[arg(long = "header", short = 'H', value_name = "NAME: VALUE")]
    pub(crate) headers: Vec<Secret<String>>,
    /// Show the values of --header, on the terminal and in the results file.
    #[arg(long)]
    pub(crate) show_secrets: bool,
    /// Show this many deviations of each subject in full.
    #[arg(long, value_name = "N", default_value_t = 12)]
    pub(crate) details: usize,
    /// Show known deviations in full as well.
    #[arg(long)]
    pub(crate) known: bool,
    #[command(flatten)]
    pub(crate) output_format: Output,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Looks at the manifests of the folder (package.json, requirements*.txt, pyproject.toml, Pipfile, setup.cfg, go.mod, pom.xml,
build.gradle, build.gradle.kts, Cargo.toml) to find the framework, asks nothing, and overwrites no file:

  crosscheck init --framework express

Exit codes: 0 all files are written; 2 the framework is not clear, or a file exists, and nothing is written.")]
pub(crate) struct Init {
    /// The language of the middleware (default: that of the manifests). Without a manifest, its most common framework is used.
    #[arg(long, value_enum)]
    pub(crate) language: Option<Language>,
    /// The framework (default: that of the manifests).
    #[arg(long, value_enum, value_name = "NAME")]
    pub(crate) framework: Option<Framework>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct List {
    /// Select cases; all without a filter.
    #[arg(value_name = "FILTER")]
    pub(crate) filters: Vec<String>,
    #[command(flatten)]
    pub(crate) corpora: Corpora,
    /// List each step of the standard with the cases on both sides of it.
    #[arg(long, conflicts_with = "subjects")]
    pub(crate) coverage: bool,
    /// List the implementations that can be tested.
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
or pasted on stdin: `curl -v` or `curl -i` output, header blocks of DevTools, \"copy as fetch\" followed by the response heads, a HAR
file, or a browser's console message. The first two lines of the answer are the verdict and the remedy; what the input does not show
is listed as not known:
  curl -v -H 'Origin: https://app.example' https://api.example/data 2>&1 | crosscheck explain -")]
pub(crate) struct Explain {
    /// A case id, a rule, a verdict, a step or a leniency; `rules`, `verdicts`, `leniencies` or `grades`; `-` reads an exchange from stdin.
    #[arg(value_name = "WHAT")]
    pub(crate) what: Option<String>,
    #[command(flatten)]
    pub(crate) corpora: Corpora,
    /// The origin of the page; `null` for an opaque origin.
    #[arg(long)]
    pub(crate) origin: Option<String>,
    /// The URL that the page requests; with a HAR file, a part of the URL selects the request.
    #[arg(long)]
    pub(crate) url: Option<Secret<String>>,
    /// The request method.
    #[arg(long, short = 'X')]
    pub(crate) method: Option<String>,
    /// A request header, `Name: value`; may be repeated.
    #[arg(long = "header", short = 'H', value_name = "NAME: VALUE")]
    pub(crate) headers: Vec<Secret<String>>,
    /// The request body, as text.
    #[arg(long)]
    pub(crate) body: Option<Secret<String>>,
    /// The request mode: cors, no-cors or same-origin.
    #[arg(long)]
    pub(crate) mode: Option<String>,
    /// The credentials mode: omit, same-origin or include.
    #[arg(long)]
    pub(crate) credentials: Option<String>,
    /// The redirect mode: follow, error or manual.
    #[arg(long)]
    pub(crate) redirect: Option<String>,
    /// What makes the request: fetch, xhr, img, script, form, navigate or websocket.
    #[arg(long)]
    pub(crate) via: Option<String>,
    /// A cookie in the cookie jar, as a Set-Cookie value; may be repeated.
    #[arg(long = "cookie", value_name = "SET-COOKIE")]
    pub(crate) cookies: Vec<Secret<String>>,
    /// A response, in the order in which they arrive: 'STATUS | Name: value | ...'; @FILE reads a response head from a file.
    #[arg(long = "response", value_name = "ANSWER")]
    pub(crate) responses: Vec<Secret<String>>,
    /// Show cookies, tokens and passwords of the input. Otherwise they are `[redacted]`; the answer does not depend on them.
    #[arg(long)]
    pub(crate) show_secrets: bool,
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
    /// List every subject with its registry and version.
    List,
    /// Install subjects; all without a name.
    Install {
        /// Subjects, NAME or NAME@VERSION.
        #[arg(value_name = "NAME")]
        names: Vec<String>,
    },
    /// Start servers with every policy of the corpus, show the adapter's answer to each (ready, refused or unsupported), and run one case.
    Check {
        /// Subjects, NAME or NAME@VERSION.
        #[arg(value_name = "NAME")]
        names: Vec<String>,
    },
    /// Start a server with one policy, print its address, and keep it running until Ctrl-C, to repeat a request by hand.
    Serve {
        /// The server, NAME or NAME@VERSION.
        #[arg(value_name = "NAME")]
        name: String,
        /// The name of a file below cases/policies, without .yaml; `defaults` or `docs`; or the id of a case with a policy.
        #[arg(value_name = "POLICY")]
        policy: String,
        #[command(flatten)]
        corpora: Corpora,
    },
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Lint {
    /// Files or folders to check, instead of crosscheck.yaml with its cases and baselines, or of ./cases and reports/baselines.
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Sends GET, HEAD and preflight requests only, each once, at a limited rate. What the policy does not state is not judged. Rules that
need the harness's own application behind the URL (refuse-error, swallows-options, unstable) do not apply.

  crosscheck probe http://localhost:3000/api/data --policy my-policy.yaml
  crosscheck probe http://localhost:3000 --openapi openapi.yaml --policy my-policy.yaml --quiet --fail-on grade:C

The policy file is { title: ..., policy: { origins: { list: [https://app.example] }, credentials: true, methods: [PUT] } }.")]
pub(crate) struct Probe {
    #[command(flatten)]
    pub(crate) targets: ProbeTargets,
    /// The policy that the server should follow, a YAML file.
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: PathBuf,
    #[command(flatten)]
    pub(crate) requests: RequestOptions,
    /// Send requests with other methods as well.
    #[arg(long)]
    pub(crate) allow_unsafe: bool,
    /// Write results to this file (default: not written).
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) report_files: ReportFiles,
    /// Show this many examples of each cause; with a FILTER, this many cases in full (default: 1, with a FILTER 12).
    #[arg(long, value_name = "N")]
    pub(crate) details: Option<usize>,
    #[command(flatten)]
    pub(crate) ending: ProbeExit,
    #[command(flatten)]
    pub(crate) output_format: Output,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Gets the list of releases from the registry and searches between the two, whichever is older; pre-releases are left out. A release
is skipped if it cannot be installed or if the case is not applicable to it. Known deviations count like any other.

  crosscheck bisect --server hono --case 'policies/one#vary-leak/get-foreign' --good 4.10.8 --bad 4.9.0

Exit codes: 0 the release is found; 1 the search is narrowed to a range, because releases in it could not be tested; 2 wrong usage,
or both releases have the same result; 3 one of the two cannot be tested.")]
pub(crate) struct Bisect {
    /// The server, NAME without a version.
    #[arg(long, value_name = "NAME")]
    pub(crate) server: String,
    /// The id of the case.
    #[arg(long, value_name = "ID")]
    pub(crate) case: String,
    /// A release on which the case has no deviation.
    #[arg(long, value_name = "VERSION")]
    pub(crate) good: String,
    /// A release on which the case deviates.
    #[arg(long, value_name = "VERSION")]
    pub(crate) bad: String,
    #[command(flatten)]
    pub(crate) corpora: Corpora,
    /// Time limit for the case on one release, in seconds, without its start.
    #[arg(long, value_name = "S", default_value_t = 10.0)]
    pub(crate) timeout: f64,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Report {
    /// The results file of a `crosscheck run`.
    #[arg(value_name = "FILE", default_value = "reports/out/results.jsonl")]
    pub(crate) file: PathBuf,
    /// Write a self-contained HTML site into this folder.
    #[arg(long, value_name = "DIR")]
    pub(crate) html: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) report_files: ReportFiles,
    /// Show only the matrix of servers: grades, families of rules, topics.
    #[arg(long, conflicts_with_all = ["html", "reports"])]
    pub(crate) matrix: bool,
    /// Show this many deviations of each subject in full.
    #[arg(long, value_name = "N", default_value_t = 12)]
    pub(crate) details: usize,
    /// Show known deviations in full as well.
    #[arg(long)]
    pub(crate) known: bool,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Debug, ClapArgs)]
#[command(after_long_help = "\
The port is an HTTP proxy: it takes requests in absolute form, and CONNECT for https with certificates of an authority that is created
for this run. It also answers direct requests by their Host. The URLs of every case start with a path prefix of its own, /~N. Any host has:

  GET /~cases      {\"crosscheck\":2,\"cases\":[{\"n\":0,\"id\":\"..\",\"title\":\"..\",\"needs\":[..],
                     \"legs\":[{\"leg\":0,\"page\":{\"origin\":\"..\",\"url\":\"..\"},\"request\":{\"url\":\"..\",..},\"wait_ms\":0}],
                     \"cookies\":[\"URL\",..]}]}
                   A page with origin \"null\" has \"opaque\":\"sandbox\" or \"data\". The keys of `request` are those of a case. A leg
                   is one fetch of the case. Visit each URL of `cookies` before the first leg, which sets the cookies; wait
                   `wait_ms` before each leg.
  GET /~ca.pem     The authority's certificate.
  POST /~outcome   {\"n\":0,\"leg\":0,\"outcome\":{\"type\":\"cors\",\"status\":200,\"statusText\":\"\",\"headers\":[[\"n\",\"v\"]],\"body\":\"base64\",
                     \"redirected\":false,\"url\":\"..\"}} or \"outcome\":{\"type\":\"error\",\"name\":\"TypeError\"}. The answer is
                   {\"crosscheck\":2,\"n\":0,\"id\":\"..\",\"leg\":1,\"verdict\":null,\"deviations\":[]} with the next leg, or after the
                   last leg {..,\"leg\":null,\"verdict\":\"pass\",\"deviations\":[{\"step\":\"..\",\"verdict\":\"..\",\"what\":\"..\",\"expected\":\"..\",
                   \"actual\":\"..\"}]}, with \"reason\" if it is allowed or broken, and \"transcript\" if it deviates.
  POST /~/result   The same in the format of the self-driving page, which the proxy serves at http://runner.crosscheck.test/. The
                   answer's `leg` is the next fetch of the same page.
  POST /~reset     {\"n\":0}, before a case is run again; the answer is {\"crosscheck\":2,\"n\":0}.

A request that cannot be answered gets a status from 400 to 409 and {\"error\":\"why\"}. The expectation of a case is not sent before its end.

After Ctrl-C, or SIGTERM, it prints the results, and which cases no client has requested or ended.

Exit codes: 0; with --output, 1 if a case deviates, or has no verdict.")]
pub(crate) struct ServeCases {
    /// Select cases; all without a filter.
    #[arg(value_name = "FILTER")]
    pub(crate) filters: Vec<String>,
    #[command(flatten)]
    pub(crate) corpora: Corpora,
    /// The port to listen on; 0 lets the system choose one.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) port: u16,
    /// Write the results to this file when the command ends, and state by the exit code whether they are as expected. A case without a
    /// verdict is `not-judged`.
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) output_format: Output,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Starts the command once for each check and exchanges JSON lines with it, as `crosscheck run --client` does:
  crosscheck check-client -- node my-adapter.cjs

Exit codes: 0 the adapter follows the protocol; 1 it does not.")]
pub(crate) struct CheckClient {
    /// Time limit for one fetch, in seconds (default: 10). A shorter limit than 60 also holds for the first line of the adapter, which
    /// otherwise has 60 s.
    #[arg(long, value_name = "S")]
    pub(crate) timeout: Option<f64>,
    #[command(flatten)]
    pub(crate) output: Output,
    /// The command that starts the adapter.
    #[arg(value_name = "COMMAND", last = true, required = true)]
    pub(crate) command: Vec<String>,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
  crosscheck completions bash > ~/.local/share/bash-completion/completions/crosscheck
  crosscheck completions zsh > ~/.zfunc/_crosscheck
  crosscheck completions fish > ~/.config/fish/completions/crosscheck.fish")]
pub(crate) struct Completions {
    /// The shell.
    #[arg(value_name = "SHELL", value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Man {
    /// The folder of the pages, which exists.
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
}
