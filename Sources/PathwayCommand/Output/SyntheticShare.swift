/// How many of the patients of a listing are made up.
struct SyntheticShare {
    let synthetic: Int
    let patients: Int

    init(_ synthetic: Int, of patients: Int) { (self.synthetic, self.patients) = (synthetic, patients) }

    init<Row, Patient: Hashable>(
        _ rows: [Row], of patient: (Row) -> Patient, where isSynthetic: (Row) -> Bool
    ) {
        self.init(Set(rows.filter(isSynthetic).map(patient)).count, of: Set(rows.map(patient)).count)
    }

    /// What stands behind a listing: nothing where all are real.
    var mark: String { synthetic == 0 ? "" : "  [\(synthetic == patients ? "synthetic" : words)]" }

    var words: String { "\(synthetic) of \(patients.of("patient")) \(synthetic == 1 ? "is" : "are") synthetic" }
}
