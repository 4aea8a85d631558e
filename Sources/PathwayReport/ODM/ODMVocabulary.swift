import PathwayCore

/// What the clinical data turned out to speak of, which ODM wants told before them.
///
/// Words, sites and people of a trial are few, however many patients it has.
struct ODMVocabulary {
    private(set) var users: Set<String> = []
    private(set) var sites: Set<String> = []
    private var met: [Field: Set<String>] = [:]
    private let treatment: TreatmentProtocol

    init(_ treatment: TreatmentProtocol) { self.treatment = treatment }

    mutating func meet(user: String) { users.insert(user) }
    mutating func meet(site: String) { sites.insert(site) }
    mutating func meet(_ word: String, of field: Field) { met[field, default: []].insert(word) }

    /// The words of a field that the protocol's document defines: those of the latest version in its order, then those of earlier ones.
    func words(_ list: ProtocolWord, of field: Field) -> [String] {
        let latest = treatment.words(list)
        return latest + (met[field] ?? []).subtracting(latest).sorted()
    }

    /// What a word of the protocol stands for.
    func title(_ word: String, _ list: ProtocolWord) -> String { treatment.title(of: word, in: list) }
}
