//! Bad adapters, written as shell scripts, and the faults that are reported for them.

use super::{ClientCheck, Patience, check_client};
use std::time::Duration;

/// A time limit that is only reached on a very busy machine.
const LONG: Duration = Duration::from_secs(60);
const LIMIT: Patience = Patience {
    start: LONG,
    fetch: LONG,
    end: LONG,
};

/// Limits with a short time for a fetch, for adapters that never answer.
const fn hasty(fetch: u64) -> Patience {
    Patience {
        fetch: Duration::from_millis(fetch),
        ..LIMIT
    }
}

const READY: &str = r#"read hello; echo '{"ready":true,"client":"sh","version":"1","lacks":["cookies"]}'"#;

/// Runs a shell script as the adapter.
async fn check(script: &str, patience: Patience) -> Vec<ClientCheck> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("adapter.sh");
    std::fs::write(&file, script).expect("a script");
    let command = ["sh".to_owned(), file.display().to_string()];
    let mut reported = 0;
    let all = check_client(&command, patience, |_| reported += 1)
        .await
        .expect("the harness");
    assert_eq!(reported, all.len());
    all
}

/// Answers every fetch with that line, `$id` being the id.
fn answering(line: &str) -> String {
    format!(
        "{READY}\nwhile read -r line; do\n  case \"$line\" in *'\"reset\"'*) continue;; esac\n  \
         id=$(printf %s \"$line\" | sed 's/.*\"id\":\\([0-9]*\\).*/\\1/')\n  {line}\ndone\n"
    )
}

fn faults<'c>(all: &'c [ClientCheck], check: &str) -> &'c [String] {
    let check = all.iter().find(|c| c.check == check).expect("the check was done");
    &check.faults
}

#[track_caller]
fn check_fault(all: &[ClientCheck], check: &str, what: &str) {
    let faults = faults(all, check);
    assert!(
        faults.iter().any(|f| f.contains(what)),
        "{check} has no `{what}`: {all:#?}"
    );
}

#[tokio::test]
async fn a_command_that_does_not_exist() {
    let all = check_client(&["/nowhere/adapter".to_owned()], LIMIT, |_| {})
        .await
        .expect("the harness");
    assert_eq!(all.len(), 1);
    check_fault(&all, "ready", "cannot start `/nowhere/adapter`");
    let all = check_client(&[], LIMIT, |_| {}).await.expect("the harness");
    assert!(!all[0].is_good());
}

#[tokio::test]
async fn one_that_never_gets_ready() {
    for (script, what) in [
        ("echo oops >&2; exit 3", "it ended; its stderr ends with: oops"),
        ("echo Welcome!; cat", "does not speak the protocol"),
        (r#"echo '{"ready":false}'; cat"#, "its first line is not `ready`"),
        (
            r#"echo '{"id":1,"outcome":{"type":"error"}}'; cat"#,
            "its first line is not `ready`",
        ),
        (
            r#"echo '{"ready":true,"version":20}'; cat"#,
            "invalid type: integer `20`",
        ),
        ("printf '{\"ready\":true}'", "a line that does not end"),
    ] {
        let all = check(script, LIMIT).await;
        assert_eq!(all.len(), 1, "{script}: {all:#?}");
        check_fault(&all, "ready", what);
    }
    let all = check(
        "cat >/dev/null",
        Patience {
            start: Duration::from_millis(50),
            ..LIMIT
        },
    )
    .await;
    check_fault(&all, "ready", "was not ready after 0.05 s");
}

#[tokio::test]
async fn one_that_does_not_identify_itself() {
    let script = r#"read hello; echo '{"ready":true,"lacks":["cookies","courage"]}'; cat >/dev/null"#;
    let all = check(script, hasty(20)).await;
    assert_eq!(
        faults(&all, "ready"),
        [
            "its first line has no `client`",
            "its first line has no `version`",
            "`lacks` has the unknown need `courage`",
        ]
    );
}

#[tokio::test]
async fn one_that_answers_invalidly() {
    for (answer, what) in [
        ("echo garbage", "does not speak the protocol"),
        (r#"echo '{"outcome":{"type":"error"}}'"#, "a line without an id"),
        (
            r#"echo "{\"id\":\"$id\",\"outcome\":{\"type\":\"error\"}}""#,
            "invalid type: string",
        ),
        (
            r#"echo "{\"id\":77,\"outcome\":{\"type\":\"error\"}}""#,
            "answered 77, which was not sent",
        ),
        (r#"echo "{\"id\":$id}""#, "neither an outcome nor `unsupported`"),
        (
            r#"echo "{\"id\":$id,\"outcome\":{\"type\":\"error\"},\"unsupported\":\"x\"}""#,
            "both an outcome and `unsupported`",
        ),
        (r#"echo "{\"id\":$id,\"outcome\":{}}""#, "missing field `type`"),
        (
            r#"echo "{\"id\":$id,\"outcome\":{\"type\":\"splendid\"}}""#,
            "unknown outcome type `splendid`",
        ),
        (
            r#"echo "{\"id\":$id,\"outcome\":{\"type\":\"basic\",\"headers\":[[\"a\"]]}}""#,
            r#"a header is not a pair of strings, [name, value]: ["a"]"#,
        ),
        (
            r#"echo "{\"id\":$id,\"outcome\":{\"type\":\"basic\",\"headers\":{\"a\":\"b\"}}}""#,
            "expected a sequence",
        ),
        (
            r#"echo "{\"id\":$id,\"outcome\":{\"type\":\"basic\",\"body\":\"not base64\"}}""#,
            "body is not base64",
        ),
        (
            r#"echo "{\"id\":$id,\"outcome\":{\"type\":\"basic\",\"status\":\"200\"}}""#,
            "invalid type: string \"200\"",
        ),
    ] {
        let all = check(&answering(answer), LIMIT).await;
        check_fault(&all, "simple", what);
        check_fault(&all, "end", what);
        assert_eq!(faults(&all, "ready"), [""; 0], "{answer}");
    }
}

#[tokio::test]
async fn one_that_answers_twice() {
    let error = r#"echo "{\"id\":$id,\"outcome\":{\"type\":\"error\"}}""#;
    let all = check(&answering(&format!("{error}; {error}")), LIMIT).await;
    for check in ["simple", "refused", "several", "end"] {
        check_fault(&all, check, "answered 0 twice");
    }
}

#[tokio::test]
async fn one_that_never_answers() {
    let all = check(&answering(":"), hasty(100)).await;
    check_fault(&all, "simple", "no answer within 0.1 s");
    check_fault(&all, "several", "no answer within 0.1 s");
    assert_eq!(faults(&all, "ready"), [""; 0]);
}

#[tokio::test]
async fn one_that_dies_in_the_middle() {
    let all = check(&answering("echo 'out of luck' >&2; exit 1"), LIMIT).await;
    check_fault(&all, "simple", "the adapter ended; its stderr ends with: out of luck");
    check_fault(&all, "several", "the adapter ended");
}

#[tokio::test]
async fn one_that_does_not_use_the_proxy() {
    let all = check(
        &answering(r#"echo "{\"id\":$id,\"outcome\":{\"type\":\"error\"}}""#),
        LIMIT,
    )
    .await;
    check_fault(
        &all,
        "simple",
        "no request arrived through the proxy, and the outcome is `error`",
    );
    check_fault(&all, "https", "no request arrived through the proxy");
    assert_eq!(faults(&all, "cut"), [""; 0]);
}

#[tokio::test]
async fn one_that_does_not_end() {
    let script = format!("{READY}\nwhile :; do sleep 0.05; done");
    let all = check(
        &script,
        Patience {
            end: Duration::from_millis(300),
            ..hasty(20)
        },
    )
    .await;
    check_fault(&all, "end", "it does not end within");
}

#[tokio::test]
async fn one_that_floods_stderr_is_still_read() {
    let flood = "i=0; while [ $i -lt 300 ]; do printf '%01000d\\n' 0 >&2; i=$((i+1)); done";
    let line = r#"echo "{\"id\":$id,\"unsupported\":\"nothing\"}""#;
    let all = check(&answering(&format!("{flood}; {line}")), LIMIT).await;
    assert!(all.iter().all(ClientCheck::is_good), "{all:#?}");
    let simple = all.iter().find(|c| c.check == "simple").expect("the check");
    assert_eq!(simple.notes, ["it reports that it cannot express simple: nothing"]);
}

/// Checks an adapter that follows the protocol, with a change. It needs Node.js.
async fn good(change: impl Fn(String) -> String) -> Vec<ClientCheck> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("good.cjs");
    std::fs::write(&file, change(include_str!("good.cjs").to_owned())).expect("a script");
    let command = ["node".to_owned(), file.display().to_string()];
    let all = check_client(&command, LIMIT, |_| {}).await.expect("the harness");
    let missing = all[0].faults.iter().any(|f| f.contains("No such file"));
    assert!(
        !missing,
        "node is not installed; install it with `apt-get install nodejs`"
    );
    all
}

#[tokio::test]
async fn one_that_follows_the_protocol_has_no_faults_even_if_its_client_has() {
    let all = good(|script| script).await;
    assert_eq!(all.len(), 10);
    assert!(all.iter().all(ClientCheck::is_good), "{all:#?}");
    // Its client does not implement CORS, which only a run reports.
    for name in ["refused", "preflighted"] {
        let check = all.iter().find(|c| c.check == name).expect("the check");
        assert!(
            check.notes[0].starts_with("the client, not the adapter: over-grant"),
            "{check:?}"
        );
    }
}

#[tokio::test]
async fn one_that_mixes_up_concurrent_fetches() {
    let swap = |script: String| {
        // Each of four outcomes goes to another id; the outcome of a single fetch is right.
        script.replace("let ca;", "let ca;\nconst open = [];").replace(
            "write({ id: line.id, outcome: await send(line.request).catch(error) });",
            "open.push(line.id);
             const outcome = await send(line.request).catch(error);
             write({ id: open.pop(), outcome });",
        )
    };
    let all = good(swap).await;
    assert_eq!(
        faults(&all, "several"),
        ["the outcomes of concurrent fetches are mixed up"]
    );
    assert_eq!(faults(&all, "simple"), [""; 0]);
}

#[tokio::test]
async fn one_that_does_not_trust_the_authority() {
    let all = good(|script| script.replace(", ca }", " }")).await;
    check_fault(
        &all,
        "https",
        "no request arrived through the proxy, and the outcome is `error`",
    );
    assert_eq!(faults(&all, "simple"), [""; 0]);
}

#[tokio::test]
async fn one_that_spoils_bodies() {
    let all = good(|script| script.replace("toString('base64')", "toString('latin1')")).await;
    check_fault(&all, "simple", "the outcome's body is not base64");
}

#[tokio::test]
async fn one_that_fails_on_unknown_keys_or_a_reset() {
    let strict = |script: String| {
        script.replace(
            "if (line.crosscheck)",
            "if (Object.keys(line).some((k) => k === 'reset' || k === 'some-later-version')) throw new Error(text);\n  if (line.crosscheck)",
        )
    };
    let all = good(strict).await;
    check_fault(&all, "reset", "the adapter ended; its stderr ends with");
    check_fault(&all, "unknown-keys", "the adapter ended");
    assert_eq!(faults(&all, "several"), [""; 0]);
}
