//! What a miniature server does wrong, and choices of it that are right too.

use super::match_flaws::MatchFlaw;
use super::preflight_flaws::PreflightFlaw;

/// The flaw of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    None,
    DiesOnPut,
    /// Only for a server in its own process.
    ExitsOnPut,
    TwoAnswers,
    ReflectsWithCredentials,
    Reflects,
    ReflectsRequestsWithCookie,
    JoinsListedHosts,
    /// Compares a listed text that no browser sends, and says nothing.
    NeverMatchesAsWritten,
    /// A `*` of a pattern of origins matches any text.
    GlobSpansEverything,
    /// A pattern of origins is turned into an expression, in which its dots match any character.
    GlobDotIsAnyCharacter,
    /// A pattern of header names is looked for anywhere in a name.
    HeaderPatternAnywhere,
    /// The policy of a path is that of its first route, whatever the method.
    IgnoresTheMethodsOfRoutes,
    IgnoresTheCaseOfRoutes,
    AlwaysCredentials,
    ExposesAll,
    AllowsNull,
    AllowsItsOwnHost,
    AllowsHead,
    AppliesRoutesToGetOnly,
    SearchesExpressionsAndFailsForOthers,
    AnyMethod,
    AnyHeader,
    PrivateNetwork,
    OnePolicyForAllRoutes,
    ForgetsListedMethods,
    ForgetsExpose,
    NoCorsOnErrors,
    RefusesPolicies,
    DoublesMaxAge,
    NoVary,
    /// Compresses for whoever accepts it, and replaces Vary then.
    CompressorReplacesVary,
    VaryOnlyOnSuccess,
    TwoOrigins,
    CapitalTrue,
    EmptyMaxAge,
    FirstOfTheList,
    LosesTheApplicationsVary,
    EveryOptionsIsAPreflight,
    MethodsOnActual,
    SendsFalse,
    CredentialsWithTheWildcard,
    LoginBeforePreflights,
    RedirectsPreflights,
    NoCorsOnTheLogin,
    /// Writes the first origin that comes with a cookie into all answers to come.
    KeepsTheFirstOriginWithACookie,
    /// A firewall in front that forbids every preflight.
    ForbidsEveryPreflight,
    /// Answers 403 to every unlisted Origin, the server's own among them.
    RefusesItsOwnPages,
    NamesListsWithoutAnOrigin,
    TakesTheClientsVary,
    NoVaryOnPreflights,
    BlocksForeignRequests,
    FoldsCase,
    SearchesExpressions,
    /// Only for a server in its own process.
    SlowOnLongOrigins,
    /// Treats some preflights wrongly.
    OfPreflights(PreflightFlaw),
    /// Compares origins wrongly.
    OfMatching(MatchFlaw),
    ReflectsByDefault,
    ReflectsByDefaultWithCredentials,
    // Something in front of the application answers in its place.
    /// Reflects every origin with credentials, and answers 429 after forty requests.
    LimitsAReflection,
    /// Answers every third request with 429.
    LimitsEveryThird,
    /// Reflects every origin with credentials, and answers 403 to everybody after an Origin that no browser sends.
    BansAfterAnOddOrigin,
    /// Answers 503 to everything.
    IsDown,
    /// Ends every connection without an answer.
    EndsEveryConnection,
    // These are not flaws but other correct choices.
    ConstantForOneOrigin,
    ReflectsAnyWithoutCredentials,
    NamesOnlyWhatIsRequested,
    VariesByEverything,
    VariesAlwaysInOneLine,
    ForbidsForeignPreflights,
    ForwardsPreflights,
    RefusesRiskyPolicies,
    FailsUnderRiskyPolicies,
    RedirectsByTheHostHeader,
    /// Names no method of a preflight for GET, HEAD or POST, and no headers where none is requested.
    OmitsListsThatNothingNeeds,
}

/// Choices that are correct too.
pub(crate) const CHOICES: [Flaw; 11] = [
    Flaw::ConstantForOneOrigin,
    Flaw::ReflectsAnyWithoutCredentials,
    Flaw::NamesOnlyWhatIsRequested,
    Flaw::VariesByEverything,
    Flaw::VariesAlwaysInOneLine,
    Flaw::ForbidsForeignPreflights,
    Flaw::ForwardsPreflights,
    Flaw::RefusesRiskyPolicies,
    Flaw::FailsUnderRiskyPolicies,
    Flaw::RedirectsByTheHostHeader,
    Flaw::OmitsListsThatNothingNeeds,
];
