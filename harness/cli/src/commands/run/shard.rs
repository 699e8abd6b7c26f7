//! `--shard`: which part of the cases this job runs.

use crate::exit::Failure;
use crosscheck_results::Shard;
use std::num::NonZeroU32;

/// The variables that name the part of a job.
struct Variables {
    /// Who sets them.
    system: &'static str,
    index: &'static str,
    /// The index of the first job.
    first: u32,
    count: &'static str,
}

const SYSTEMS: [Variables; 4] = [
    Variables {
        system: "GitLab CI, in a job with `parallel`",
        index: "CI_NODE_INDEX",
        first: 1,
        count: "CI_NODE_TOTAL",
    },
    Variables {
        system: "CircleCI",
        index: "CIRCLE_NODE_INDEX",
        first: 0,
        count: "CIRCLE_NODE_TOTAL",
    },
    Variables {
        system: "Buildkite",
        index: "BUILDKITE_PARALLEL_JOB",
        first: 0,
        count: "BUILDKITE_PARALLEL_JOB_COUNT",
    },
    Variables {
        system: "Kubernetes, in an indexed Job; set the second one to its `completions`",
        index: "JOB_COMPLETION_INDEX",
        first: 0,
        count: "CROSSCHECK_SHARDS",
    },
];

/// Parses the value of `--shard`; `auto` reads the environment.
pub(super) fn shard(text: &str, variable: impl Fn(&str) -> Option<String>) -> Result<Shard, Failure> {
    if text == "auto" {
        return automatic(variable);
    }
    let help = "write --shard K/N, for example --shard 2/3 in the second of three jobs, or --shard auto";
    text.parse()
        .map_err(|error| Failure::usage(anyhow::Error::new::<crosscheck_results::ShardError>(error), help))
}

fn automatic(variable: impl Fn(&str) -> Option<String>) -> Result<Shard, Failure> {
    let help = "set both variables, or write --shard K/N";
    let mut found: Option<(&Variables, Shard)> = None;
    for system in &SYSTEMS {
        let (Some(index), count) = (variable(system.index), variable(system.count)) else {
            // GitLab sets the number of jobs in every job.
            continue;
        };
        let Some(count) = count else {
            let message = format!("{} is set, and {} is not", system.index, system.count);
            return Err(Failure::message(message, help));
        };
        let wrong = || {
            let message = format!(
                "{}={index} and {}={count} name no shard; the first index is {}",
                system.index, system.count, system.first
            );
            Failure::message(message, "correct the variables, or write --shard K/N")
        };
        let number = |text: &str| text.parse::<u32>().ok();
        let index = number(&index).and_then(|index| index.checked_add(1)?.checked_sub(system.first));
        let count = number(&count).and_then(NonZeroU32::new);
        let (Some(index), Some(count)) = (index, count) else {
            return Err(wrong());
        };
        let shard = Shard::new(index, count).map_err(|_| wrong())?;
        match found {
            Some((before, other)) if other != shard => {
                let message = format!(
                    "{} names shard {other}, and {} names shard {shard}",
                    before.index, system.index
                );
                return Err(Failure::message(message, "write --shard K/N"));
            }
            _ => found = Some((system, shard)),
        }
    }
    found.map(|(_, shard)| shard).ok_or_else(|| {
        let all = SYSTEMS.map(|system| format!("{} and {} ({})", system.index, system.count, system.system));
        Failure::message(
            "--shard auto finds no variables that name a shard",
            format!("write --shard K/N, or set one of these pairs: {}", all.join("; ")),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::shard;

    fn automatic(variables: &[(&str, &str)]) -> Result<String, String> {
        let variable = |name: &str| {
            let found = variables.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let shard = shard("auto", variable);
        shard
            .map(|shard| shard.to_string())
            .map_err(|failure| format!("{failure:?}"))
    }

    #[test]
    fn the_variables_of_each_system_name_a_shard() {
        for (index, count, value, expected) in [
            ("CI_NODE_INDEX", "CI_NODE_TOTAL", "1", "1/3"),
            ("CI_NODE_INDEX", "CI_NODE_TOTAL", "3", "3/3"),
            ("CIRCLE_NODE_INDEX", "CIRCLE_NODE_TOTAL", "0", "1/3"),
            ("CIRCLE_NODE_INDEX", "CIRCLE_NODE_TOTAL", "2", "3/3"),
            ("BUILDKITE_PARALLEL_JOB", "BUILDKITE_PARALLEL_JOB_COUNT", "0", "1/3"),
            ("BUILDKITE_PARALLEL_JOB", "BUILDKITE_PARALLEL_JOB_COUNT", "2", "3/3"),
            ("JOB_COMPLETION_INDEX", "CROSSCHECK_SHARDS", "0", "1/3"),
            ("JOB_COMPLETION_INDEX", "CROSSCHECK_SHARDS", "1", "2/3"),
        ] {
            let found = automatic(&[(index, value), (count, "3")]);
            assert_eq!(found.as_deref(), Ok(expected), "{index}={value}");
        }
    }

    #[test]
    fn variables_that_name_no_shard_are_errors() {
        for (variables, message) in [
            (&[][..], "CI_NODE_INDEX and CI_NODE_TOTAL (GitLab CI"),
            (&[], "JOB_COMPLETION_INDEX and CROSSCHECK_SHARDS (Kubernetes"),
            // GitLab sets it in every job.
            (&[("CI_NODE_TOTAL", "1")], "finds no variables"),
            (&[("JOB_COMPLETION_INDEX", "1")], "CROSSCHECK_SHARDS is not"),
            (
                &[("CI_NODE_INDEX", "0"), ("CI_NODE_TOTAL", "3")],
                "the first index is 1",
            ),
            (&[("CI_NODE_INDEX", "4"), ("CI_NODE_TOTAL", "3")], "name no shard"),
            (
                &[("CIRCLE_NODE_INDEX", "3"), ("CIRCLE_NODE_TOTAL", "3")],
                "name no shard",
            ),
            (
                &[("CIRCLE_NODE_INDEX", "x"), ("CIRCLE_NODE_TOTAL", "3")],
                "name no shard",
            ),
            (
                &[("CIRCLE_NODE_INDEX", "0"), ("CIRCLE_NODE_TOTAL", "0")],
                "name no shard",
            ),
            (
                &[("CIRCLE_NODE_INDEX", "4294967295"), ("CIRCLE_NODE_TOTAL", "3")],
                "name no shard",
            ),
            (
                &[
                    ("CI_NODE_INDEX", "1"),
                    ("CI_NODE_TOTAL", "2"),
                    ("JOB_COMPLETION_INDEX", "1"),
                    ("CROSSCHECK_SHARDS", "2"),
                ],
                "CI_NODE_INDEX names shard 1/2, and JOB_COMPLETION_INDEX names shard 2/2",
            ),
        ] {
            let error = automatic(variables).expect_err(message);
            assert!(error.contains(message), "`{message}` is not in {error}");
        }
    }
}
