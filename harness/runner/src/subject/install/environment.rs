//! The environment of package managers and builds. It is empty except for the variables below, so that neither a secret of the user's
//! other programs nor a setting for them reaches code of a package. The page `subject.md` of the documentation has the same list.

use super::Registry;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// The variable with the names of more variables, separated by commas.
const MORE: &str = "CROSSCHECK_INSTALL_ENV";
const PATH: &str = "PATH";

/// The variables of every package manager. A `*` at the end matches any rest. Names are compared without regard to case, as the
/// managers do for proxies and for npm's settings.
const COMMON: [&str; 29] = [
    // Where programs, the user's own configuration and the user's caches are.
    PATH,
    "HOME",
    "USER",
    "LOGNAME",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    // The language of messages and the encoding of file names.
    "LANG",
    "LANGUAGE",
    "LC_*",
    "TZ",
    // How the network is reached, and what proves the identity of a registry.
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "NIX_SSL_CERT_FILE",
    "CURL_CA_BUNDLE",
    "REQUESTS_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
    "GIT_SSL_CAINFO",
    "NETRC",
    // Which installation of a program a version manager starts.
    "PYENV_ROOT",
    "PYENV_VERSION",
    "VOLTA_HOME",
    "ASDF_DATA_DIR",
    "MISE_DATA_DIR",
    // This program adds the folder for temporary files to it.
    "JDK_JAVA_OPTIONS",
];

/// The settings of npm for registries, the network and the cache, and the tokens to which a user's `.npmrc` refers. npm runs no code of
/// a package.
const NPM: [&str; 22] = [
    "npm_config_registry",
    "npm_config_@*",
    "npm_config_//*",
    "npm_config_userconfig",
    "npm_config_globalconfig",
    "npm_config_ca",
    "npm_config_cafile",
    "npm_config_cert",
    "npm_config_key",
    "npm_config_strict_ssl",
    "npm_config_proxy",
    "npm_config_http_proxy",
    "npm_config_https_proxy",
    "npm_config_noproxy",
    "npm_config_cache",
    "npm_config_offline",
    "npm_config_prefer_offline",
    "npm_config_fetch_*",
    "npm_config_maxsockets",
    "NPM_TOKEN",
    "NODE_AUTH_TOKEN",
    "NODE_USE_*",
];

/// The settings of pip for indexes, the network and the cache.
const PYPI: [&str; 15] = [
    "PIP_INDEX_URL",
    "PIP_EXTRA_INDEX_URL",
    "PIP_NO_INDEX",
    "PIP_FIND_LINKS",
    "PIP_TRUSTED_HOST",
    "PIP_CONFIG_FILE",
    "PIP_CERT",
    "PIP_CLIENT_CERT",
    "PIP_PROXY",
    "PIP_DEFAULT_TIMEOUT",
    "PIP_TIMEOUT",
    "PIP_RETRIES",
    "PIP_CACHE_DIR",
    "PIP_NO_CACHE_DIR",
    "PIP_KEYRING_PROVIDER",
];

/// The settings of Go for proxies of modules, the checksum database, folders and the compiler of C.
const GO: [&str; 18] = [
    "GOPROXY",
    "GONOPROXY",
    "GOPRIVATE",
    "GOINSECURE",
    "GOSUMDB",
    "GONOSUMDB",
    "GOAUTH",
    "GOVCS",
    "GOENV",
    "GOROOT",
    "GOPATH",
    "GOCACHE",
    "GOMODCACHE",
    "GOMAXPROCS",
    "GOMEMLIMIT",
    "CGO_ENABLED",
    "CC",
    "CXX",
];

/// The installations of Java and Maven, and their options, which often have the proxy and the trusted certificates.
const MAVEN: [&str; 6] = [
    "JAVA_HOME",
    "JAVA_TOOL_OPTIONS",
    "M2_HOME",
    "MAVEN_HOME",
    "MAVEN_OPTS",
    "MAVEN_ARGS",
];

/// The folders and registries of Cargo and rustup, the compilers, and what must be the same as in the build of this program.
const CRATES: [&str; 15] = [
    "CARGO_HOME",
    "CARGO_HTTP_*",
    "CARGO_NET_*",
    "CARGO_REGISTRIES_*_INDEX",
    "CARGO_REGISTRIES_*_PROTOCOL",
    "CARGO_SOURCE_*",
    "CARGO_BUILD_JOBS",
    "CARGO_INCREMENTAL",
    "RUSTUP_*",
    "RUSTC_WRAPPER",
    "RUSTFLAGS",
    "CC",
    "CXX",
    "AR",
    "CFLAGS",
];

/// The variables that the package manager of a registry gets, in addition to those of every one.
const fn own(registry: Registry) -> &'static [&'static str] {
    match registry {
        Registry::Npm => &NPM,
        Registry::PyPi => &PYPI,
        Registry::Go => &GO,
        Registry::Maven => &MAVEN,
        Registry::Crates => &CRATES,
        Registry::Debian | Registry::This => &[],
    }
}

/// Returns the variables of this program that the package manager of a registry gets.
pub(super) fn passed(registry: Registry) -> Vec<(OsString, OsString)> {
    select(registry, std::env::vars_os().collect())
}

fn select(registry: Registry, all: Vec<(OsString, OsString)>) -> Vec<(OsString, OsString)> {
    let more = all.iter().find(|(name, _)| name == MORE);
    let more = more.map(|(_, names)| names.to_string_lossy().into_owned());
    let more: Vec<&str> = more.iter().flat_map(|names| names.split(',').map(str::trim)).collect();
    let is_passed = |name: &OsStr| {
        name.to_str().is_some_and(|name| {
            let mut stated = COMMON.iter().chain(own(registry));
            more.contains(&name) || stated.any(|pattern| matches(pattern, name))
        })
    };
    let passed = all.into_iter().filter(|(name, _)| is_passed(name));
    passed
        .map(|(name, value)| {
            let value = if name == PATH { absolute(&value) } else { value };
            (name, value)
        })
        .collect()
}

/// Whether a name is the pattern, in which one `*` matches any text.
fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.to_ascii_lowercase(), name.to_ascii_lowercase());
    match pattern.split_once('*') {
        Some((start, end)) => name.strip_prefix(start).is_some_and(|rest| rest.ends_with(end)),
        None => name == pattern,
    }
}

/// The absolute folders of a PATH. With others, a file in the working folder would run in place of a program.
fn absolute(path: &OsStr) -> OsString {
    let folders: Vec<PathBuf> = std::env::split_paths(path).filter(|f| Path::is_absolute(f)).collect();
    // It fails only for a folder with a separator, which a split PATH does not have.
    std::env::join_paths(folders).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const REGISTRIES: [Registry; 7] = [
        Registry::Npm,
        Registry::PyPi,
        Registry::Go,
        Registry::Maven,
        Registry::Crates,
        Registry::Debian,
        Registry::This,
    ];

    fn names(registry: Registry, all: &[(&str, &str)]) -> Vec<String> {
        let all = all.iter().map(|(name, value)| (name.into(), value.into())).collect();
        let passed = select(registry, all);
        passed
            .iter()
            .map(|(name, value)| format!("{}={}", name.to_string_lossy(), value.to_string_lossy()))
            .collect()
    }

    #[test]
    fn a_package_manager_gets_the_settings_of_its_own_registry_and_no_secrets_of_other_programs() {
        let all = [
            ("PATH", "/bin"),
            ("https_proxy", "p"),
            ("LC_ALL", "C"),
            ("NPM_CONFIG_REGISTRY", "n"),
            ("npm_config_script_shell", "x"),
            ("NPM_TOKEN", "t"),
            ("NODE_OPTIONS", "--require=x"),
            ("PIP_INDEX_URL", "i"),
            ("PYTHONPATH", "x"),
            ("GOPROXY", "g"),
            ("GOFLAGS", "-toolexec=x"),
            ("MAVEN_OPTS", "m"),
            ("CARGO_HOME", "c"),
            ("CARGO_REGISTRIES_OWN_INDEX", "o"),
            ("CARGO_REGISTRIES_OWN_TOKEN", "x"),
            ("CARGO_REGISTRY_TOKEN", "x"),
            ("AWS_SECRET_ACCESS_KEY", "x"),
            ("GITHUB_TOKEN", "x"),
            ("LD_PRELOAD", "x"),
        ];
        let common = ["PATH=/bin", "https_proxy=p", "LC_ALL=C"];
        for (registry, own) in [
            (Registry::Npm, &["NPM_CONFIG_REGISTRY=n", "NPM_TOKEN=t"][..]),
            (Registry::PyPi, &["PIP_INDEX_URL=i"]),
            (Registry::Go, &["GOPROXY=g"]),
            (Registry::Maven, &["MAVEN_OPTS=m"]),
            (Registry::Crates, &["CARGO_HOME=c", "CARGO_REGISTRIES_OWN_INDEX=o"]),
            (Registry::This, &[]),
        ] {
            assert_eq!(names(registry, &all), [&common, own].concat(), "{registry}");
        }
    }

    #[test]
    fn the_user_can_name_more_variables() {
        let all = [(MORE, "ONE, TWO"), ("ONE", "1"), ("TWO", "2"), ("THREE", "3")];
        assert_eq!(names(Registry::Go, &all), ["ONE=1", "TWO=2"]);
    }

    #[test]
    fn no_program_is_taken_from_the_working_folder() {
        assert_eq!(names(Registry::Npm, &[(PATH, "/a::.:b:/c")]), ["PATH=/a:/c"]);
    }

    #[test]
    fn the_documentation_has_the_whole_list() {
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/src/reference/subject.md");
        let page = std::fs::read_to_string(page).unwrap();
        for pattern in REGISTRIES
            .iter()
            .flat_map(|r| COMMON.iter().chain(own(*r)))
            .chain([&MORE])
        {
            assert!(page.contains(&format!("`{pattern}`")), "{pattern}");
        }
    }
}
