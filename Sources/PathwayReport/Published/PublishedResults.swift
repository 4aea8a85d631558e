public import PathwayCore
internal import Yams

/// What a trial has published of its results, cut by cut.
public struct PublishedResults: Sendable {
    /// One publication and its cut.
    public struct Publication: Sendable {
        /// What it is called beside its figures.
        public let name: String
        /// Its clinical cut.
        public let through: Day
        /// Where and when it was published.
        public let title: String
        /// Where its figures were read.
        public let source: String
        /// What is to be known of them.
        public let note: String
        /// Its shares of patients.
        public let results: [Share]
        /// Its hazard ratios.
        public let ratios: [Ratio]
    }

    /// A share of the patients of an arm.
    public struct Share: Sendable, Hashable {
        let randomisation: String
        let arm: String
        /// An endpoint of the plan, `mrd-negative` or `transplanted`.
        let of: String
        let year: Int?
        let timePoint: Int?
        let percent: Double
        let error: Double?
        let denominator: Int?
    }

    /// A hazard ratio.
    public struct Ratio: Sendable, Hashable {
        let randomisation: String
        let of: String
        let arm: String
        let reference: String
        let ratio: Double
        let lower: Double
        let upper: Double
        let denominator: Int?
    }

    /// The publications, the earliest cut first.
    public let publications: [Publication]

    /// What comes with the program for a protocol; `nil` if nothing does.
    public static func bundled(for treatment: TreatmentProtocol) -> PublishedResults? {
        let text = String(decoding: PackageResources.aall1331_results_yaml, as: UTF8.self)
        // The document is part of the program, and a test reads it.
        guard let document = try? YAMLDecoder().decode(Document.self, from: text),
            document.protocol == treatment.name
        else { return nil }
        return PublishedResults(document)
    }

    private init?(_ document: Document) {
        var publications: [Publication] = []
        for cut in document.cuts {
            guard let through = Day(cut.through) else { return nil }
            publications.append(
                Publication(
                    name: cut.name, through: through, title: cut.title, source: cut.source, note: cut.note,
                    results: cut.results.map {
                        Share(
                            randomisation: $0.randomisation, arm: $0.arm, of: $0.of, year: $0.year,
                            timePoint: $0.timePoint, percent: $0.percent, error: $0.error, denominator: $0.denominator)
                    },
                    ratios: (cut.ratios ?? []).map {
                        Ratio(
                            randomisation: $0.randomisation, of: $0.of, arm: $0.arm, reference: $0.reference,
                            ratio: $0.ratio, lower: $0.lower, upper: $0.upper, denominator: $0.denominator)
                    }))
        }
        self.publications = publications
    }

    /// The document as it is written.
    private struct Document: Decodable {
        struct Cut: Decodable {
            let name: String
            let through: String
            let title: String
            let source: String
            let note: String
            let results: [Share]
            let ratios: [Ratio]?
        }

        struct Share: Decodable {
            let randomisation: String
            let arm: String
            let of: String
            let year: Int?
            let timePoint: Int?
            let percent: Double
            let error: Double?
            let denominator: Int?

            enum CodingKeys: String, CodingKey {
                case randomisation, arm, of, year
                case timePoint = "time-point"
                case percent, error, denominator
            }
        }

        struct Ratio: Decodable {
            let randomisation: String
            let of: String
            let arm: String
            let reference: String
            let ratio: Double
            let lower: Double
            let upper: Double
            let denominator: Int?
        }

        let `protocol`: String
        let cuts: [Cut]
    }
}
