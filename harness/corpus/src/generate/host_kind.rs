//! Kinds of hosts, which findings and baselines name.

/// What is special about the host of an origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HostKind {
    /// Nothing.
    Domain,
    /// It has one label.
    OneLabel,
    /// It has an underscore.
    Underscore,
    /// It has an A-label.
    Idn,
    /// A label begins with a digit.
    Digit,
    /// It is an IPv4 address.
    Ipv4,
    /// It is an IPv6 address.
    Ipv6,
}

impl HostKind {
    /// All kinds.
    pub const ALL: [Self; 7] = [
        Self::Domain,
        Self::OneLabel,
        Self::Underscore,
        Self::Idn,
        Self::Digit,
        Self::Ipv4,
        Self::Ipv6,
    ];

    /// The kind of the host of a serialized origin.
    #[must_use]
    pub fn of(origin: &str) -> Self {
        let rest = origin.split_once("://").map_or(origin, |(_, rest)| rest);
        if rest.starts_with('[') {
            return Self::Ipv6;
        }
        let host = rest.split(':').next().unwrap_or_default();
        let begins_with = |label: &str, is: fn(char) -> bool| label.starts_with(is);
        if host
            .split('.')
            .all(|label| !label.is_empty() && label.bytes().all(|b| b.is_ascii_digit()))
        {
            Self::Ipv4
        } else if host.contains('_') {
            Self::Underscore
        } else if host.split('.').any(|label| label.starts_with("xn--")) {
            Self::Idn
        } else if host.split('.').any(|label| begins_with(label, |c| c.is_ascii_digit())) {
            Self::Digit
        } else if !host.contains('.') {
            Self::OneLabel
        } else {
            Self::Domain
        }
    }

    /// The word as findings write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Domain => "domain",
            Self::OneLabel => "one-label",
            Self::Underscore => "underscore",
            Self::Idn => "idn",
            Self::Digit => "digit",
            Self::Ipv4 => "ipv4",
            Self::Ipv6 => "ipv6",
        }
    }
}
