import Testing

@testable import PathwayProof

/// 32 bytes and their three spellings.
@Suite struct DigestTests {
    @Test func `the bytes of a digest come back in their order`() throws {
        let bytes = [UInt8](0..<32)
        let digest = try #require(Digest(bytes: bytes))
        #expect(digest.bytes == bytes)
        #expect(digest.hexadecimal == "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")
        #expect(digest.base64 == "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
        #expect("\(digest)" == digest.hexadecimal)
        #expect(Digest(bytes: ([0xff] + bytes).span.bytes.extracting(droppingFirst: 1)) == digest)
        var written: [UInt8] = [0xff]
        digest.write(to: &written)
        #expect(written == [0xff] + bytes)
    }

    @Test func `a digest is read from both spellings`() throws {
        let digest = try #require(Digest(bytes: [UInt8](repeating: 0xa5, count: 32)))
        #expect(Digest(hexadecimal: String(repeating: "a5", count: 32)) == digest)
        #expect(Digest(base64: "paWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaU=") == digest)
    }

    @Test func `nothing but 32 bytes is a digest`() {
        #expect(Digest(bytes: [UInt8](repeating: 0, count: 31)) == nil)
        #expect(Digest(bytes: [UInt8](repeating: 0, count: 33)) == nil)
        #expect(Digest(bytes: []) == nil)
    }

    @Test(arguments: [
        "", "a5", String(repeating: "a5", count: 31), String(repeating: "a5", count: 33),
        String(repeating: "A5", count: 32), String(repeating: "g5", count: 32),
        String(repeating: "a5", count: 31) + "a",
        " " + String(repeating: "a5", count: 31) + "a",
    ])
    func `no other spelling in hexadecimal is read`(_ text: String) {
        #expect(Digest(hexadecimal: text) == nil)
    }

    @Test(arguments: [
        "paWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaU", "paWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaV=",
        "paWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaU=\n", "paWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpa==",
        "-aWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaU=", "paWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWl", "====",
    ])
    func `no other spelling in base64 is read`(_ text: String) {
        #expect(Digest(base64: text) == nil)
    }

    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func `base64 is that of the vectors in RFC 4648, section 10`(_ text: String, _ encoded: String) {
        #expect(Base64.encode(text.utf8) == encoded)
        #expect(Base64.decode(encoded.utf8) == [UInt8](text.utf8))
    }
}
