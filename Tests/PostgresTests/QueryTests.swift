import Postgres
import Testing

@Suite struct QueryTests {
    @Test func `interpolations become numbered parameters`() {
        let query: Query = "SELECT * FROM t WHERE a = \(1) AND b = \("x; DROP TABLE t")"
        #expect(query.sql == "SELECT * FROM t WHERE a = $1 AND b = $2")
    }

    @Test func `a query inside a query has its parameters numbered anew`() {
        let inner: Query = "b = \(2) OR c = \(3)"
        let query: Query = "SELECT \(1) WHERE (\(inner)) AND d = \(4)"
        #expect(query.sql == "SELECT $1 WHERE (b = $2 OR c = $3) AND d = $4")
    }

    @Test func `more than nine parameters keep their order when a query is appended`() {
        var query: Query = "VALUES (\(0))"
        for number in 1...12 { query.append(", (\(number))") }
        let twice: Query = "\(query) UNION ALL \(query)"
        #expect(twice.sql.hasSuffix("($22), ($23), ($24), ($25), ($26)"))
        #expect(query.sql.hasSuffix("($10), ($11), ($12), ($13)"))
    }

    @Test(arguments: [
        ("visit", "\"visit\""), ("odd \"name\"", "\"odd \"\"name\"\"\""), ("a\"\u{301}b", "\"a\"\"\u{301}b\""),
        ("", "\"\""),
    ])
    func `an identifier is quoted whatever is in it`(name: String, quoted: String) {
        let query: Query = "TABLE \(identifier: name)"
        #expect(Array(query.sql.unicodeScalars) == Array("TABLE \(quoted)".unicodeScalars))
    }

    @Test(arguments: [("it's", "E'it''s'"), ("back\\slash'", "E'back\\\\slash'''"), ("'\u{301}", "E'''\u{301}'")])
    func `a literal is quoted whatever is in it`(text: String, quoted: String) {
        let query: Query = "NOTIFY a, \(literal: text)"
        #expect(Array(query.sql.unicodeScalars) == Array("NOTIFY a, \(quoted)".unicodeScalars))
    }
}
