//! An answer that a policy requires, forbids or leaves open.

/// A question that has a right answer, a wrong one, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Facet {
    /// It must succeed.
    Must,
    /// It must not.
    MustNot,
    /// The policy leaves it open.
    Unspecified,
}

impl Facet {
    /// Whether an observation contradicts the facet.
    #[must_use]
    pub const fn contradicted_by(self, observed: bool) -> bool {
        match self {
            Self::Must => !observed,
            Self::MustNot => observed,
            Self::Unspecified => false,
        }
    }

    /// Both must hold: refused if either is, free if either is.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::MustNot, _) | (_, Self::MustNot) => Self::MustNot,
            (Self::Unspecified, _) | (_, Self::Unspecified) => Self::Unspecified,
            (Self::Must, Self::Must) => Self::Must,
        }
    }
}
