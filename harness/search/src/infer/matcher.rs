//! The ways in which servers compare origins.

use super::asked::Asked;

/// A way to compare origins.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Matcher {
    /// The schemes that are let in.
    pub schemes: Schemes,
    /// The hosts and ports that are let in.
    pub hosts: Hosts,
    /// Whether the opaque origin is let in.
    pub null: bool,
}

/// Which schemes are let in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Schemes {
    /// Only this one.
    One(String),
    /// Both `http` and `https`.
    Web,
}

/// Which hosts are let in, with their ports.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hosts {
    /// Every host, at every port.
    Every,
    /// Those with a domain.
    Of {
        /// What may stand before the domain.
        left: Left,
        /// The domain.
        domain: String,
        /// How the dots of the domain, and the one before it, are compared.
        dots: Dots,
        /// What may stand after the domain.
        right: Right,
    },
}

/// What may stand before the domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Left {
    /// Nothing.
    Nothing,
    /// Nothing, or `www.`.
    Www,
    /// Any text: the comparison has no start.
    Open,
    /// Labels with their dots.
    Sub {
        /// Whether the domain itself is let in, too.
        apex: bool,
        /// Whether more than one label may stand there.
        deep: bool,
        /// The characters of the labels.
        labels: Labels,
    },
}

/// The characters of labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Labels {
    /// All that a host can have.
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dots {
    /// It is a dot.
    Literal,
    /// It is any character, as in an expression that does not escape it.
    AnyCharacter,
}

/// What may stand after the domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Right {
    /// This port, or none.
    Port(Option<u16>),
    /// Any port.
    AnyPort,
    /// Any port but the default of the scheme, as in an expression that asks for a colon and digits.
    StatedPort,
    /// Any text: the comparison has no end.
    Open,
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
    /// Whether the matcher lets an origin in.
    #[must_use]
    pub fn allows(&self, asked: &Asked) -> bool {
        let Asked::Tuple { scheme, host, port } = asked else {
            return self.null;
        };
        let is_scheme = match &self.schemes {
            Schemes::One(one) => one == scheme,
            Schemes::Web => matches!(scheme.as_str(), "http" | "https"),
        };
        is_scheme && self.hosts.allow(host, *port)
    }
}

impl Hosts {
    fn allow(&self, host: &str, port: Option<u16>) -> bool {
        let Self::Of {
            left,
            domain,
            dots,
            right,
        } = self
        else {
            return true;
        };
        let places = host.len().checked_sub(domain.len());
        let Some(last) = places else { return false };
        let first = match right {
            Right::Port(only) if *only != port => return false,
            Right::StatedPort if port.is_none() => return false,
            Right::Port(_) | Right::AnyPort | Right::StatedPort => last,
            Right::Open => 0,
        };
        (first..=last).any(|at| {
            let (before, rest) = (host.get(..at), host.get(at..at + domain.len()));
            before.is_some_and(|before| left.allows(before, *dots)) && rest.is_some_and(|rest| dots.equal(domain, rest))
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

impl Left {
    fn allows(self, before: &str, dots: Dots) -> bool {
        match self {
            Self::Nothing => before.is_empty(),
            Self::Www => before.is_empty() || before == "www.",
            Self::Open => true,
            Self::Sub { apex, deep, labels } => {
                if before.is_empty() {
                    return apex;
                }
                let text = match dots {
                    Dots::Literal => before.strip_suffix('.'),
                    Dots::AnyCharacter => before.get(..before.len() - 1),
                };
                let Some(text) = text else { return false };
                let mut parts = text.split('.');
                (deep || !text.contains('.'))
                    && parts.all(|part| !part.is_empty() && part.chars().all(|c| labels.allow(c)))
            }
        }
    }
}
