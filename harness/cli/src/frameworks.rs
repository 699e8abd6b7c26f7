//! The languages and frameworks for which `crosscheck init` has a skeleton.

use clap::ValueEnum;

/// A language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Language {
    Python,
    Javascript,
    Go,
    Java,
    Rust,
}

/// A framework, named as on the command line and in the folder of its template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Framework {
    #[value(alias = "starlette")]
    Fastapi,
    Flask,
    Django,
    Express,
    Fastify,
    Hono,
    #[value(alias = "net/http")]
    Nethttp,
    Gin,
    Echo,
    Spring,
    Ktor,
    Axum,
    Actix,
}

/// How a framework is recognised, and what its skeleton needs.
#[derive(Debug)]
pub(crate) struct Known {
    /// Its language.
    pub(crate) language: Language,
    /// Its name in messages.
    pub(crate) title: &'static str,
    /// The packages of its CORS library, which decide if several frameworks are found.
    pub(crate) libraries: &'static [&'static str],
    /// The packages of the framework itself.
    pub(crate) packages: &'static [&'static str],
    /// The packages that the skeleton needs, if the user installs them.
    pub(crate) needs: &'static [&'static str],
}

/// The plugin of Gradle, the artifacts of Ktor's server, and their names in a version catalogue. A client of Ktor is none of these.
const KTOR: [&str; 9] = [
    "io.ktor.plugin",
    "ktor-server-core",
    "ktor-server-core-jvm",
    "ktor-server-netty",
    "ktor-server-netty-jvm",
    "ktor-server-cio",
    "ktor-server-cio-jvm",
    "libs.ktor.server",
    "ktorLibs.server",
];

impl Language {
    /// Its name, as on the command line.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Python => "python",
            Self::Javascript => "javascript",
            Self::Go => "go",
            Self::Java => "java",
            Self::Rust => "rust",
        }
    }

    /// Its most common framework.
    pub(crate) const fn default_framework(self) -> Framework {
        match self {
            Self::Python => Framework::Fastapi,
            Self::Javascript => Framework::Express,
            Self::Go => Framework::Nethttp,
            Self::Java => Framework::Spring,
            Self::Rust => Framework::Axum,
        }
    }

    /// Its frameworks.
    pub(crate) fn frameworks(self) -> impl Iterator<Item = Framework> {
        let all = Framework::value_variants().iter().copied();
        all.filter(move |framework| framework.known().language == self)
    }
}

impl Framework {
    /// Its name, as on the command line.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Fastapi => "fastapi",
            Self::Flask => "flask",
            Self::Django => "django",
            Self::Express => "express",
            Self::Fastify => "fastify",
            Self::Hono => "hono",
            Self::Nethttp => "nethttp",
            Self::Gin => "gin",
            Self::Echo => "echo",
            Self::Spring => "spring",
            Self::Ktor => "ktor",
            Self::Axum => "axum",
            Self::Actix => "actix",
        }
    }

    /// How it is recognised, and what its skeleton needs.
    pub(crate) const fn known(self) -> &'static Known {
        match self {
            Self::Fastapi => &Known {
                language: Language::Python,
                title: "FastAPI",
                libraries: &[],
                packages: &["fastapi", "starlette"],
                needs: &["fastapi", "uvicorn"],
            },
            Self::Flask => &Known {
                language: Language::Python,
                title: "Flask",
                libraries: &["flask-cors"],
                packages: &["flask"],
                needs: &["flask", "flask-cors"],
            },
            Self::Django => &Known {
                language: Language::Python,
                title: "Django",
                libraries: &["django-cors-headers"],
                packages: &["django"],
                needs: &["django", "django-cors-headers", "uvicorn"],
            },
            Self::Express => &Known {
                language: Language::Javascript,
                title: "Express",
                libraries: &["cors"],
                packages: &["express"],
                needs: &["express", "cors"],
            },
            Self::Fastify => &Known {
                language: Language::Javascript,
                title: "Fastify",
                libraries: &["@fastify/cors"],
                packages: &["fastify"],
                needs: &["fastify", "@fastify/cors"],
            },
            Self::Hono => &Known {
                language: Language::Javascript,
                title: "Hono",
                libraries: &[],
                packages: &["hono"],
                needs: &["hono", "@hono/node-server"],
            },
            Self::Nethttp => &Known {
                language: Language::Go,
                title: "net/http",
                libraries: &["github.com/rs/cors"],
                packages: &[],
                needs: &["github.com/rs/cors"],
            },
            Self::Gin => &Known {
                language: Language::Go,
                title: "Gin",
                libraries: &["github.com/gin-contrib/cors"],
                packages: &["github.com/gin-gonic/gin"],
                needs: &["github.com/gin-gonic/gin", "github.com/gin-contrib/cors"],
            },
            Self::Echo => &Known {
                language: Language::Go,
                title: "Echo",
                libraries: &[],
                packages: &["github.com/labstack/echo"],
                needs: &["github.com/labstack/echo/v5"],
            },
            Self::Spring => &Known {
                language: Language::Java,
                title: "Spring",
                libraries: &[],
                packages: &["org.springframework"],
                needs: &[],
            },
            Self::Ktor => &Known {
                language: Language::Java,
                title: "Ktor",
                libraries: &["ktor-server-cors", "ktor-server-cors-jvm"],
                packages: &KTOR,
                needs: &[],
            },
            Self::Axum => &Known {
                language: Language::Rust,
                title: "axum",
                libraries: &["tower-http"],
                packages: &["axum"],
                needs: &[],
            },
            Self::Actix => &Known {
                language: Language::Rust,
                title: "actix-web",
                libraries: &["actix-cors"],
                packages: &["actix-web"],
                needs: &[],
            },
        }
    }
}
