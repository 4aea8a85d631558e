import PathwayCore
import Testing

@Suite struct IdentifierTests {
    @Test(arguments: ["P-017", "a", "0", "A.b_c-D", "12345678901234567890123456789012"])
    func `a study number is read as written`(text: String) {
        #expect(PatientID(text)?.description == text)
    }

    @Test(arguments: [
        "", "-1", ".a", "_a", "P 17", "P/17", "Pä", "P\u{0}", "123456789012345678901234567890123",
        "P'; DROP TABLE event",
        "P\n", "１",
    ])
    func `what is no study number is refused`(text: String) {
        #expect(PatientID(text) == nil)
    }

    @Test func `study numbers are ordered by their bytes`() throws {
        let sorted = try ["a", "B", "1", "B.", "B-"].map { try #require(PatientID($0)) }.sorted()
        #expect(sorted.map(\.description) == ["1", "B", "B-", "B.", "a"])
    }

    @Test func `a request key is written like a UUID, in lower case`() throws {
        let key = try #require(RequestID("00112233-4455-6677-8899-AABBCCDDEEFF"))
        #expect(key.high == 0x0011_2233_4455_6677)
        #expect(key.low == 0x8899_AABB_CCDD_EEFF)
        #expect(key.description == "00112233-4455-6677-8899-aabbccddeeff")
        #expect(RequestID(high: 0, low: .max).description == "00000000-0000-0000-ffff-ffffffffffff")
    }

    @Test func `a random key reads back from its text`() {
        for _ in 0..<100 {
            let key = RequestID.random()
            #expect(RequestID(key.description) == key)
        }
    }

    @Test(arguments: [
        "", "00112233445566778899aabbccddeeff", "00112233-4455-6677-8899-aabbccddeef",
        "00112233-4455-6677-8899-aabbccddeefg",
        "00112233-4455-6677-8899-aabbccddeeff0", "001122334-455-6677-8899-aabbccddeeff",
        "00112233-4455-6677-8899-aabbccddeéf",
    ])
    func `what is no request key is refused`(text: String) {
        #expect(RequestID(text) == nil)
    }
}
