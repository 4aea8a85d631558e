import Testing

/// Holds all suites of this target: nearly each test starts a server, and two cores are soon busy.
@Suite(.serialized) struct OneAtATime {}
