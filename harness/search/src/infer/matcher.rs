//! The ways in which servers compare origins.

use crosscheck_fetch::Origin;

/// A way to compare origins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matcher {
    /// The schemes that are allowed.
    pub schemes: Schemes,
    /// The hosts and ports that are allowed.
    pub hosts: Hosts,
    /// Whether the opaque origin, `null`, is allowed.
    pub null: bool,
}

/// The schemes that are allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Schemes {
    /// None: only the opaque origin is allowed.
    None,
    /// One scheme.
    One(String),
    /// `http` and `https`.
    Web,
}

/// The hosts that are allowed, with their ports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hosts {
    /// Every host, at every port.
    Every,
    /// The hosts that contain a domain.
    Of {
        /// What may precede the domain.
        leading: Leading,
        /// The domain.
        domain: String,
        /// How the dots of the domain, and the dot before it, are compared.
        dots: Dots,
        /// What may follow the domain.
        trailing: Trailing,
    },
}

/// What may precede the domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leading {
    /// Nothing.
    Nothing,
    /// Nothing, or `www.`.
    Www,
    /// Any text: the comparison has no start.
    Any,
    /// Labels, each with a dot.
    Labels {
        /// Whether the domain itself is allowed, too.
        apex: bool,
        /// Whether several labels are allowed.
        deep: bool,
        /// The characters of the labels.
        labels: Labels,
    },
}

/// The characters of labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Labels {
    /// Every character of a host.
    Any,
    /// Letters, digits and hyphens.
    Ldh,
    /// Letters, digits and underscores.
    Word,
    /// Letters and digits.
    Alphanumeric,
    /// Letters.
    Letters,
    /// Letters and hyphens.
    LettersAndHyphens,
}

/// How a dot is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dots {
    /// It matches a dot.
    Literal,
    /// It matches any character, as an unescaped dot of a regular expression does.
    AnyCharacter,
}

/// What may follow the domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trailing {
    /// This port; `None` for the default port of the scheme.
    Port(Option<u16>),
    /// Any port.
    AnyPort,
    /// Any port but the default port of the scheme, as in a regular expression that requires a colon and digits.
    StatedPort,
    /// Any text: the comparison has no end.
    Any,
}

impl Labels {
    fn allow(self, character: char) -> bool {
        match self {
            Self::Any => true,
            Self::Ldh => character.is_ascii_alphanumeric() || character == '-',
            Self::Word => character.is_ascii_alphanumeric() || character == '_',
            Self::Alphanumeric => character.is_ascii_alphanumeric(),
            Self::Letters => character.is_ascii_alphabetic(),
            Self::LettersAndHyphens => character.is_ascii_alphabetic() || character == '-',
        }
    }
}

impl Matcher {
    /// Returns whether the matcher allows an origin.
    #[must_use]
    pub fn allows(&self, origin: &Origin) -> bool {
        let Origin::Tuple { scheme, host, port } = origin else {
            return self.null;
        };
        let is_scheme = match &self.schemes {
            Schemes::None => false,
            Schemes::One(one) => one == scheme,
            Schemes::Web => matches!(&**scheme, "http" | "https"),
        };
        is_scheme && self.hosts.allow(host, *port)
    }
}

impl Hosts {
    fn allow(&self, host: &str, port: Option<u16>) -> bool {
        let Self::Of {
            leading,
            domain,
            dots,
            trailing,
        } = self
        else {
            return true;
        };
        let Some(last) = host.len().checked_sub(domain.len()) else {
            return false;
        };
        let first = match trailing {
            Trailing::Port(only) if *only != port => return false,
            Trailing::StatedPort if port.is_none() => return false,
            Trailing::Port(_) | Trailing::AnyPort | Trailing::StatedPort => last,
            Trailing::Any => 0,
        };
        (first..=last).any(|at| {
            let (before, rest) = (host.get(..at), host.get(at..at + domain.len()));
            before.is_some_and(|before| leading.allows(before, *dots))
                && rest.is_some_and(|rest| dots.equal(domain, rest))
        })
    }
}

impl Dots {
    fn equal(self, domain: &str, text: &str) -> bool {
        domain.len() == text.len()
            && domain
                .bytes()
                .zip(text.bytes())
                .all(|(one, other)| one == other || (one == b'.' && self == Self::AnyCharacter))
    }
}

impl Leading {
    fn allows(self, before: &str, dots: Dots) -> bool {
        match self {
            Self::Nothing => before.is_empty(),
            Self::Www => before.is_empty() || before == "www.",
            Self::Any => true,
            Self::Labels { apex, deep, labels } => {
                if before.is_empty() {
                    return apex;
                }
                let text = match dots {
                    Dots::Literal => before.strip_suffix('.'),
                    Dots::AnyCharacter => before.get(..before.len() - 1),
                };
                let Some(text) = text else { return false };
                let is_label = |label: &str| !label.is_empty() && label.chars().all(|c| labels.allow(c));
                (deep || !text.contains('.')) && text.split('.').all(is_label)
            }
        }
    }
}
