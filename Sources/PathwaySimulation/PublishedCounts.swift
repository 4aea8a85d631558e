public import PathwayCore
internal import PathwayDocument
internal import Yams

/// The counts that a trial has published, each with its source and the question about a patient's steps that it answers.
///
/// A document of its own: what one cohort is compared with is not said in the cohort's shape.
public struct PublishedCounts: Sendable {
    struct Row: Sendable {
        let name: String
        let level: Int
        let published: Int?
        let criterion: Criterion
        /// The row that contains this one.
        let parent: Int?
        let provenance: Provenance
    }

    let rows: [Row]
    let months: MonthCount

    /// Reads and checks the counts of a protocol.
    /// - Throws: ``ShapeFaults`` with every fault and its line.
    public init(_ text: String, under treatment: TreatmentProtocol) throws(ShapeFaults) {
        let root = try composed(text, beginning: "published")
        var reader = PublishedReader(root, treatment)
        rows = reader.read()
        months = treatment.months
        guard reader.collector.faults.isEmpty else { throw ShapeFaults(reader.collector.faults) }
    }
}

/// How many patients took which way, beside what was published.
///
/// ```swift
/// var flow = Flow(published)
/// for patient in cohort { flow.count(patient.steps) }
/// for row in flow.rows { print(row.name, row.published ?? "", row.counted) }
/// ```
public struct Flow: Sendable {
    /// One count.
    public struct Row: Sendable, Hashable {
        /// What is counted.
        public let name: String
        /// How deep it stands in the tree: patients of a row are among those of the row above it with a smaller level.
        public let level: Int
        /// The published count; `nil` for a row that only groups others.
        public let published: Int?
        /// The patients counted.
        public let counted: Int
        /// Where the published count comes from, marked if nobody has read it there.
        public let source: String

        /// Whether the count is the published one, or none was published.
        public var agrees: Bool { published.map { $0 == counted } ?? true }
    }

    private let published: PublishedCounts
    private var counts: [Int]
    private var isCounted: [Bool]

    /// Starts counting.
    public init(_ published: PublishedCounts) {
        self.published = published
        counts = [Int](repeating: 0, count: published.rows.count)
        isCounted = [Bool](repeating: false, count: published.rows.count)
    }

    /// Counts a patient by the steps of the path.
    public mutating func count(_ steps: [Step]) {
        for (index, row) in published.rows.enumerated() {
            let isInParent = row.parent.map { isCounted[$0] } ?? true
            isCounted[index] = isInParent && row.criterion.holds(for: steps, months: published.months)
            if isCounted[index] { counts[index] += 1 }
        }
    }

    /// The counts so far, in the document's order.
    public var rows: [Row] {
        zip(published.rows, counts).map { row, count in
            Row(
                name: row.name, level: row.level, published: row.published, counted: count,
                source: row.provenance.citation)
        }
    }
}
