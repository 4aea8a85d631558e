/// What the protocol says about its own analysis: the endpoints, what is compared with what, and when one looks.
public struct AnalysisPlan: Sendable, Hashable {
    /// The level below which residual disease counts as negative.
    public let mrdNegative: Threshold?
    /// The endpoints that are times to an event.
    public let endpoints: [Endpoint]
    /// What is compared with what, one for each randomisation that has a plan.
    public let comparisons: [Comparison]

    /// A level of residual disease and where it comes from.
    public struct Threshold: Sendable, Hashable {
        /// Results surely below it are negative.
        public let level: MRD.Level
        /// Where it comes from.
        public let provenance: Provenance

        /// Makes a threshold.
        public init(level: MRD.Level, provenance: Provenance) {
            self.level = level
            self.provenance = provenance
        }
    }

    /// Makes a plan.
    public init(mrdNegative: Threshold?, endpoints: [Endpoint], comparisons: [Comparison]) {
        self.mrdNegative = mrdNegative
        self.endpoints = endpoints
        self.comparisons = comparisons
    }

    /// Where each of its rows comes from.
    public var provenances: [Provenance] {
        [mrdNegative?.provenance].compactMap(\.self)
            + endpoints.flatMap { [$0.provenance] + $0.components.compactMap(\.provenance) }
            + comparisons.flatMap { [$0.provenance] + [$0.monitoring?.provenance].compactMap(\.self) }
    }

    /// The endpoint of this name.
    public func endpoint(named name: String) -> Endpoint? { endpoints.first { $0.name == name } }

    /// What is compared with what in this randomisation.
    public func comparison(of randomisation: Randomisation) -> Comparison? {
        comparisons.first { $0.randomisation == randomisation.name }
    }

    /// The plan of a protocol whose document has none: survival, and survival without relapse, second malignancy and death, from the
    /// enrolment and from each randomisation; nothing is compared.
    public static let none = AnalysisPlan(
        mrdNegative: nil,
        endpoints: [
            Endpoint(
                name: "event-free-survival", title: "Event-free survival", abbreviation: "EFS", from: .enrolment,
                components: [.relapse, .secondMalignancy, .death], provenance: .ownDefault),
            Endpoint(
                name: "overall-survival", title: "Overall survival", abbreviation: "OS", from: .enrolment,
                components: [.death], provenance: .ownDefault),
        ], comparisons: [])
}

/// The time from a milestone to the first of some events.
public struct Endpoint: Sendable, Hashable {
    /// One of the events that end the time.
    public struct Component: Sendable, Hashable {
        /// What is seen of it on the path.
        public enum Trigger: Sendable, Hashable {
            /// A milestone of this kind.
            case milestone(MilestoneKind)
            /// A milestone that leads into the phase of this word, from another one.
            case phase(String)
        }

        /// Its word, such as `late-treatment-failure`.
        public let name: String
        /// Its title for people.
        public let title: String
        /// What is seen of it on the path.
        public let trigger: Trigger
        /// Where it comes from, if that is not where the endpoint comes from.
        public let provenance: Provenance?

        /// Makes a component.
        public init(name: String, title: String, trigger: Trigger, provenance: Provenance? = nil) {
            self.name = name
            self.title = title
            self.trigger = trigger
            self.provenance = provenance
        }

        static let relapse = Component(name: "relapse", title: "Relapse", trigger: .milestone(.relapsed))
        static let secondMalignancy = Component(
            name: "second-malignancy", title: "Second malignancy", trigger: .milestone(.secondMalignancy))
        static let death = Component(name: "death", title: "Death", trigger: .milestone(.died))
    }

    /// Where the time begins.
    public enum Origin: String, Sendable, Hashable, CaseIterable {
        /// At the enrolment: everybody enrolled is in the analysis set.
        case enrolment
        /// At the randomisation that is analysed: everybody whom it allocated is in the analysis set, by the arm allocated.
        case randomisation
    }

    /// Its word, such as `disease-free-survival`.
    public let name: String
    /// Its title for people.
    public let title: String
    /// Its abbreviation, such as `DFS`.
    public let abbreviation: String
    /// Where the time begins.
    public let from: Origin
    /// The events that end it. Of several on one day the first of this list counts.
    public let components: [Component]
    /// Where it comes from.
    public let provenance: Provenance

    /// Makes an endpoint.
    public init(
        name: String, title: String, abbreviation: String, from: Origin, components: [Component], provenance: Provenance
    ) {
        self.name = name
        self.title = title
        self.abbreviation = abbreviation
        self.from = from
        self.components = components
        self.provenance = provenance
    }
}

/// How the arms of a randomisation are compared.
public struct Comparison: Sendable, Hashable {
    /// How the error of the first kind is spent as events come in, after Lan and DeMets; the raw value is its spelling in documents.
    public enum Spending: String, Sendable, Hashable, CaseIterable {
        /// Almost nothing at first, as the boundary of O'Brien and Fleming does.
        case obrienFleming = "obrien-fleming"
        /// About evenly, as the boundary of Pocock does.
        case pocock
    }

    /// Interim looks at an endpoint, by numbers of events.
    public struct Monitoring: Sendable, Hashable {
        /// The events of the final analysis, in both arms.
        public let events: Int
        /// The events at each look, ascending, the final one last.
        public let looks: [Int]
        /// How the error of the first kind is spent.
        public let spending: Spending
        /// Where it comes from.
        public let provenance: Provenance

        /// Makes a plan of looks.
        public init(events: Int, looks: [Int], spending: Spending, provenance: Provenance) {
            self.events = events
            self.looks = looks
            self.spending = spending
            self.provenance = provenance
        }
    }

    /// The randomisation's word.
    public let randomisation: String
    /// The arm that the others are compared with; a hazard ratio below 1 favours the other.
    public let reference: String
    /// The endpoint that is tested.
    public let endpoint: String
    /// Whether the test has one side.
    public let isOneSided: Bool
    /// The error of the first kind in ten-thousandths: 250 is 0.025.
    public let alphaTenThousandths: Int
    /// Whether the test keeps to the strata of the randomisation.
    public let isStratified: Bool
    /// Interim looks.
    public let monitoring: Monitoring?
    /// Where it comes from.
    public let provenance: Provenance

    /// Makes a comparison.
    public init(
        randomisation: String, reference: String, endpoint: String, isOneSided: Bool, alphaTenThousandths: Int,
        isStratified: Bool, monitoring: Monitoring?, provenance: Provenance
    ) {
        self.randomisation = randomisation
        self.reference = reference
        self.endpoint = endpoint
        self.isOneSided = isOneSided
        self.alphaTenThousandths = alphaTenThousandths
        self.isStratified = isStratified
        self.monitoring = monitoring
        self.provenance = provenance
    }
}

extension Provenance {
    fileprivate static let ownDefault = Provenance(
        source: "the protocol has no analyses of its own", certainty: .assumed, line: 0)
}
