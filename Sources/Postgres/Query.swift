/// A statement with its parameters, written as a string literal whose interpolations become `$1`, `$2`, ….
///
/// ```swift
/// let found: Query = "SELECT day FROM visit WHERE patient = \(patient) AND day >= \(from)"
/// ```
/// The text of a query comes from source code only: a value can become a parameter or, by name, a quoted identifier or
/// literal, but never SQL. Parts that vary are queries themselves and are interpolated into a larger one, which numbers
/// its parameters anew.
public struct Query: Sendable, ExpressibleByStringInterpolation {
    /// The statement with its placeholders.
    public private(set) var sql: String

    /// Whether the connection prepares this statement when it meets it again; see ``unprepared``.
    public private(set) var isPrepared = true

    /// Where in ``sql`` each placeholder begins, in UTF-8 bytes.
    private(set) var placeholders: [Int] = []
    private(set) var parameters = Parameters()

    /// Takes a statement without parameters.
    public init(stringLiteral value: StaticString) {
        sql = value.withUTF8Buffer { String(decoding: $0, as: UTF8.self) }
    }

    /// Takes a statement with its interpolations.
    public init(stringInterpolation: StringInterpolation) { self = stringInterpolation.query }

    /// A whole number as SQL, for statements that take no parameters, such as COPY.
    public init(number: Int) { sql = String(number) }

    /// The same query, parsed and planned at each use.
    ///
    /// For statements that are never the same twice, and for those whose best plan depends on the parameters.
    public var unprepared: Query {
        var query = self
        query.isPrepared = false
        return query
    }

    /// Puts another query behind this one; its parameters are numbered on from this one's.
    public mutating func append(_ other: Query) {
        var rest = other.sql.utf8[...]
        var consumed = 0
        for (index, offset) in other.placeholders.enumerated() {
            sql += String(Substring(rest.prefix(offset - consumed)))
            appendPlaceholder(placeholders.count + 1)
            let width = 1 + String(index + 1).utf8.count
            rest = rest.dropFirst(offset - consumed + width)
            consumed = offset + width
        }
        sql += String(Substring(rest))
        parameters.append(other.parameters)
        isPrepared = isPrepared && other.isPrepared
    }

    /// Two queries as one.
    public static func + (left: Query, right: Query) -> Query {
        var sum = left
        sum.append(right)
        return sum
    }

    fileprivate mutating func appendPlaceholder(_ number: Int) {
        placeholders.append(sql.utf8.count)
        sql += "$\(number)"
    }

    fileprivate mutating func append(parameter value: borrowing some PostgresEncodable) {
        parameters.append(value)
        appendPlaceholder(parameters.count)
    }

    fileprivate mutating func append(rows: PostgresRows, as type: PostgresType) {
        parameters.append(rows, as: type)
        appendPlaceholder(parameters.count)
    }

    fileprivate mutating func append(text: String, as type: PostgresType) {
        parameters.append(text: text, as: type)
        appendPlaceholder(parameters.count)
    }
}

extension Query {
    /// Collects the pieces of a query's literal.
    public struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var query: Query = ""

        /// Starts with nothing.
        public init(literalCapacity: Int, interpolationCount: Int) {
            query.sql.reserveCapacity(literalCapacity + 3 * interpolationCount)
        }

        /// Adds SQL from the source code.
        public mutating func appendLiteral(_ literal: StaticString) {
            literal.withUTF8Buffer { query.sql += String(decoding: $0, as: UTF8.self) }
        }

        /// Adds a parameter.
        public mutating func appendInterpolation(_ value: some PostgresEncodable) {
            query.append(parameter: value)
        }

        /// Adds a parameter that is NULL if there is no value.
        public mutating func appendInterpolation(_ value: (some PostgresEncodable)?) {
            query.append(parameter: value)
        }

        /// Adds a parameter that the server reads from text as the type named: `\("3 days", as: .interval)`.
        ///
        /// With ``PostgresType/unknown`` the statement decides the type, as for a value of an enum of the database.
        public mutating func appendInterpolation(_ text: String, as type: PostgresType) {
            query.append(text: text, as: type)
        }

        /// Adds a parameter that is an array of rows; `type` is the type of the array.
        public mutating func appendInterpolation(_ rows: PostgresRows, as type: PostgresType) {
            query.append(rows: rows, as: type)
        }

        /// Adds another query, with its parameters.
        public mutating func appendInterpolation(_ other: Query) { query.append(other) }

        /// Adds a name of a table, column, role or channel, quoted, so that it is one name whatever is in it.
        public mutating func appendInterpolation(identifier: String) {
            query.sql += "\"" + identifier.doubling("\"") + "\""
        }

        /// Adds a quoted string constant, for statements that take no parameters, such as COPY and CREATE ROLE.
        public mutating func appendInterpolation(literal: String) {
            // The escape form reads the same whatever standard_conforming_strings is set to.
            query.sql += "E'" + literal.doubling("\\").doubling("'") + "'"
        }
    }
}

extension String {
    /// Works on scalars: a quote with a combining accent behind it is another character, but still a quote to the
    /// server.
    fileprivate func doubling(_ mark: Unicode.Scalar) -> String {
        var text = String.UnicodeScalarView()
        for scalar in unicodeScalars {
            text.append(scalar)
            if scalar == mark { text.append(scalar) }
        }
        return String(text)
    }
}
