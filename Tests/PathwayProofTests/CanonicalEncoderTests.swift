import PathwayProof
import Testing

/// Every expected value is written by hand from the format: length in four bytes, then the bytes.
@Suite struct CanonicalEncoderTests {
    // "pathway entry 1" and a newline.
    private static let domain = "70617468776179 20 656e747279 20 31 0a"

    private func expect(
        _ fields: String, at location: SourceLocation = #_sourceLocation, _ body: (inout CanonicalEncoder) -> Void
    ) {
        var encoder = CanonicalEncoder(domain: "pathway entry 1")
        body(&encoder)
        let digits = (Self.domain + fields).filter { $0 != " " }
        #expect(hexadecimal(encoder.bytes) == digits, sourceLocation: location)
    }

    private func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { (($0 < 16) ? "0" : "") + String($0, radix: 16) }.joined()
    }

    @Test func `a record without fields is its domain line`() {
        expect("") { _ in }
    }

    @Test func `text is its UTF-8 as it was given`() {
        expect("00000005 502d303137") { $0.append(text: "P-017") }
        expect("00000000") { $0.append(text: "") }
        // Composed and decomposed, "é" is two different texts here.
        expect("00000002 c3a9") { $0.append(text: "\u{e9}") }
        expect("00000003 65cc81") { $0.append(text: "e\u{301}") }
        expect("00000004 f09f9880") { $0.append(text: "\u{1f600}") }
    }

    @Test func `what is absent differs from what is empty`() {
        expect("ffffffff") { $0.append(text: nil) }
        expect("ffffffff") { $0.append(bytes: nil) }
        expect("ffffffff") { $0.append(integer: nil) }
        expect("ffffffff") { $0.append(day: nil) }
        expect("ffffffff") { $0.append(microsecondsSince1970: nil) }
        expect("ffffffff") { $0.append(digest: nil) }
        expect("00000000") { $0.append(bytes: []) }
    }

    @Test func `bytes are themselves`() {
        expect("00000003 00ff0a") { $0.append(bytes: [0x00, 0xff, 0x0a]) }
    }

    @Test func `a digest is its 32 bytes`() throws {
        let digest = try #require(Digest(bytes: [UInt8](repeating: 0x5a, count: 32)))
        expect("00000020" + String(repeating: "5a", count: 32)) { $0.append(digest: digest) }
    }

    @Test func `whole numbers are eight bytes in two's complement`() {
        expect("00000008 0000000000000000") { $0.append(integer: 0) }
        expect("00000008 0000000000000001") { $0.append(integer: 1) }
        expect("00000008 ffffffffffffffff") { $0.append(integer: -1) }
        expect("00000008 7fffffffffffffff") { $0.append(integer: .max) }
        expect("00000008 8000000000000000") { $0.append(integer: .min) }
    }

    @Test func `a day is the number of days since 1970 in four bytes`() {
        // 2024-02-29 is day 19782 = 0x4d46.
        expect("00000004 00004d46") { $0.append(day: 19_782) }
        // 1969-12-31.
        expect("00000004 ffffffff") { $0.append(day: -1) }
    }

    @Test func `an instant is microseconds since 1970 in eight bytes`() {
        // 2000-01-01 00:00 UTC is second 946684800 = 0x386d4380; times a million, 0xf4240, that is 0x35d013b37e000.
        expect("00000008 00035d013b37e000") { $0.append(microsecondsSince1970: 946_684_800_000_000) }
        expect("00000008 ffffffffffffffff") { $0.append(microsecondsSince1970: -1) }
    }

    @Test func `a flag is one byte`() {
        expect("00000001 01") { $0.append(flag: true) }
        expect("00000001 00") { $0.append(flag: false) }
    }

    @Test func `named texts are one field in the order of the bytes of their names`() {
        // 4 for the count; "b", "1": 4 + 1 + 4 + 1 = 10; "a", "": 4 + 1 + 4 + 0 = 9. Together 23 = 0x17.
        expect("00000017 00000002 00000001 61 00000000 00000001 62 00000001 31") {
            $0.append(named: [("b", "1"), ("a", "")])
        }
        expect("00000017 00000002 00000001 61 00000000 00000001 62 00000001 31") {
            $0.append(named: [("a", ""), ("b", "1")])
        }
        expect("00000004 00000000") { $0.append(named: []) }
        // "Z" (5a) comes before "a" (61), and "é" (c3a9) behind both, wherever a dictionary of words puts them.
        expect(
            "00000020 00000003 00000001 5a 00000000 00000001 61 00000000 00000002 c3a9 00000000"
        ) {
            $0.append(named: [("\u{e9}", ""), ("a", ""), ("Z", "")])
        }
    }

    @Test func `fields follow one another without anything between them`() {
        expect("00000002 6162 ffffffff 00000001 01 00000004 00000001") {
            $0.append(text: "ab")
            $0.append(text: nil)
            $0.append(flag: true)
            $0.append(day: 1)
        }
    }

    @Test func `moving a letter from one field to the next changes the bytes`() {
        var records: Set<[UInt8]> = []
        for (left, right) in [("abc", ""), ("ab", "c"), ("a", "bc"), ("", "abc")] {
            var encoder = CanonicalEncoder(domain: "pathway entry 1")
            encoder.append(text: left)
            encoder.append(text: right)
            records.insert(encoder.bytes)
        }
        #expect(records.count == 4)
    }

    @Test func `an encoder used again begins with its domain line and leaves earlier records alone`() {
        var encoder = CanonicalEncoder(domain: "pathway entry 1")
        encoder.append(text: "a long first record")
        let first = encoder.bytes
        encoder.startAgain()
        encoder.append(flag: true)
        #expect(hexadecimal(encoder.bytes) == (Self.domain + "0000000101").filter { $0 != " " })
        #expect(first.count == 16 + 4 + 19)
    }
}
