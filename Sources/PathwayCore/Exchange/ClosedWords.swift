/// The words of a closed list, found by their bytes: reading a million rows makes no text of what the program knows already.
public struct ClosedWords: Sendable {
    // By length, each word with its place in the list.
    private let byLength: [[(bytes: [UInt8], index: Int)]]

    /// Takes a list of words that differ.
    public init(_ words: [String]) {
        var byLength: [[(bytes: [UInt8], index: Int)]] = []
        for (index, word) in words.enumerated() {
            let bytes = Array(word.utf8)
            while byLength.count <= bytes.count { byLength.append([]) }
            byLength[bytes.count].append((bytes, index))
        }
        self.byLength = byLength
    }

    /// The place of a word in the list.
    public func index(of word: ArraySlice<UInt8>) -> Int? {
        guard word.count < byLength.count else { return nil }
        return byLength[word.count].first { $0.bytes.elementsEqual(word) }?.index
    }
}

extension Field {
    /// The field of this name.
    static func named(_ name: ArraySlice<UInt8>) -> Field? { names.index(of: name).map { allCases[$0] } }

    private static let names = ClosedWords(allCases.map(\.rawValue))

    /// The place of a word in the closed list of a field that takes one word.
    func choice(_ word: ArraySlice<UInt8>) -> Int? { Field.choices[index]?.index(of: word) }

    private static let choices: [ClosedWords?] = allCases.map { field in
        if case .choice(let words) = field.type { ClosedWords(words) } else { nil }
    }
}
