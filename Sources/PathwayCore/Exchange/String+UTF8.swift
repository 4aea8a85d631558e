extension String {
    /// The text of bytes of UTF-8; `nil` if they are none.
    ///
    /// `String(validating:as:)` looks up types by name for each text, which takes several times as long as a short text itself.
    init?(utf8 bytes: ArraySlice<UInt8>) {
        let text = bytes.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
        guard text.utf8.elementsEqual(bytes) else { return nil }
        self = text
    }
}
