//! `crosscheck bisect`.

use crate::program::{check_error, crosscheck};

#[test]
fn bisect_reports_what_it_cannot_search() {
    let case = "policies/any#vary/root-allowed";
    let written = "cors-check/credentials#true-lowercase";
    let table = [
        (
            "no-such",
            case,
            "1",
            "2",
            "there is no subject `no-such`",
            "crosscheck subjects",
        ),
        (
            "chromium",
            case,
            "1",
            "2",
            "`chromium` is not a server",
            "--good and --bad",
        ),
        (
            "hono",
            "no/such#case",
            "1",
            "2",
            "there is no case `no/such#case`",
            "whole id",
        ),
        ("hono", written, "1", "2", "is not for servers", "has a policy"),
        (
            "hono",
            case,
            "4.0",
            "v4.0.0",
            "--good 4.0 and --bad v4.0.0 are the same release",
            "name a release",
        ),
        (
            "hono",
            // The case of the example in the help.
            "policies/one#vary-leak/get-foreign",
            "4.9.0",
            "4.9.0",
            "are the same release",
            "name a release",
        ),
        (
            "nginx",
            case,
            "1",
            "2",
            "packages of Debian come in one version only",
            "npm",
        ),
    ];
    for (server, case, good, bad, message, help) in table {
        let ran = crosscheck(&[
            "bisect", "--server", server, "--case", case, "--good", good, "--bad", bad,
        ]);
        check_error(&ran, 2, message, help);
    }
}
