import CLibpq

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What can be done with a connection string, `host=… dbname=…` or `postgresql://…`, without connecting.
public enum ConnectionString {
    /// The string with some settings replaced, such as `["dbname": "scratch"]`, in the `key='value'` form.
    ///
    /// Throws ``PostgresError/Code/misuse`` if the string is malformed; the error does not quote it, since it may hold
    /// a password.
    public static func replacing(_ settings: [String: String], in conninfo: String) throws(PostgresError) -> String {
        var merged = try self.settings(of: conninfo)
        merged.merge(settings) { _, new in new }
        return merged.sorted { $0.key < $1.key }.map { key, value in "\(key)=\(quoted(value))" }.joined(separator: " ")
    }

    /// The string with one more option for the server's session, such as `-c jit=off`, after those it has or `PGOPTIONS` gives.
    ///
    /// Throws as ``replacing(_:in:)`` does.
    public static func adding(option: String, to conninfo: String) throws(PostgresError) -> String {
        let present = try settings(of: conninfo)["options"] ?? getenv("PGOPTIONS").map { String(cString: $0) }
        return try replacing(["options": [present, option].compactMap(\.self).joined(separator: " ")], in: conninfo)
    }

    /// The string without its password, to be shown.
    public static func redacted(_ conninfo: String) -> String {
        guard let settings = try? settings(of: conninfo) else { return "(malformed connection string)" }
        return settings.filter { !secrets.contains($0.key) }.sorted { $0.key < $1.key }
            .map { key, value in "\(key)=\(quoted(value))" }.joined(separator: " ")
    }

    static let secrets: Set<String> = ["password", "sslpassword"]

    /// The settings that the string itself makes; those of the environment and of service files are libpq's to add.
    static func settings(of conninfo: String) throws(PostgresError) -> [String: String] {
        // libpq's own words about a malformed string quote pieces of it, and a piece may be the password.
        let malformed = PostgresError(
            .misuse, "the connection string is malformed",
            hint:
                "write key=value pairs or postgresql://user:password@host:port/database, with %2F for a slash in a part"
        )
        guard !conninfo.utf8.contains(0), let options = PQconninfoParse(conninfo, nil) else { throw malformed }
        defer { PQconninfoFree(options) }
        var settings: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { settings[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        // An unescaped slash in the password of a URI makes the rest of the password a port.
        if let port = settings["port"], !port.utf8.allSatisfy({ (48...57).contains($0) || $0 == 44 }) {
            throw malformed
        }
        return settings
    }

    private static func quoted(_ value: String) -> String {
        var text = "'"
        for scalar in value.unicodeScalars {
            if scalar == "'" || scalar == "\\" { text.unicodeScalars.append("\\") }
            text.unicodeScalars.append(scalar)
        }
        return text + "'"
    }
}
