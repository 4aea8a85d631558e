/// A word that the protocol document lists, such as an adverse event.
public struct ListedWord: Sendable, Hashable {
    /// Its word.
    public let name: String
    /// Its title for people.
    public let title: String
    /// Where it comes from, if the document says so.
    public let source: String?

    /// Makes a word.
    public init(name: String, title: String, source: String? = nil) {
        self.name = name
        self.title = title
        self.source = source
    }

    /// What no list has. What it was stands in the note, which is kept encrypted.
    public static let other = ListedWord(name: "other", title: "Other")
}

/// The words for what is found in patients: nothing else is recorded of it in plain.
public struct Vocabulary: Sendable, Hashable {
    /// What an adverse event can be.
    public let adverseEvents: [ListedWord]
    /// What a second malignancy can be.
    public let diagnoses: [ListedWord]
    /// Why a patient should not have been enrolled.
    public let exclusions: [ListedWord]

    /// Takes the lists of a document; each gets ``ListedWord/other`` behind its own words.
    public init(adverseEvents: [ListedWord] = [], diagnoses: [ListedWord] = [], exclusions: [ListedWord] = []) {
        self.adverseEvents = adverseEvents + [.other]
        self.diagnoses = diagnoses + [.other]
        self.exclusions = exclusions + [.other]
    }
}
