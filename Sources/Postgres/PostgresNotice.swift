import CLibpq

/// Something the server says besides its answers, such as a NOTICE of PL/pgSQL or a WARNING.
public struct PostgresNotice: Sendable {
    /// `NOTICE`, `WARNING`, `INFO`, `LOG` or `DEBUG`, whatever the server's language.
    public let severity: String
    /// The code, which for a plain notice is `00000`.
    public let sqlState: SQLState
    /// What it says; functions may put values in here.
    public let message: String
    /// What would help.
    public let hint: String?
}

/// Hands notices from libpq's callback to the connection's handler, which drops them unless it is set.
///
/// `@unchecked Sendable`: libpq calls back only from calls on the handle, and those are made by one task at a time.
final class NoticeRelay: @unchecked Sendable {
    var handler: (@Sendable (PostgresNotice) -> Void)?

    /// The handle keeps this object's address: the owner of both must let go of the handle first.
    func attach(to handle: OpaquePointer) {
        let receiver: PQnoticeReceiver = { context, result in
            guard let context, let result else { return }
            let relay = Unmanaged<NoticeRelay>.fromOpaque(context).takeUnretainedValue()
            guard let handler = relay.handler else { return }
            handler(
                PostgresNotice(
                    severity: errorField(result, .severity) ?? "NOTICE",
                    sqlState: SQLState(rawValue: errorField(result, .sqlState) ?? "00000"),
                    message: errorField(result, .message) ?? "",
                    hint: errorField(result, .hint)
                )
            )
        }
        PQsetNoticeReceiver(handle, receiver, Unmanaged.passUnretained(self).toOpaque())
    }
}

/// The fields of an error or notice that are read here, by the letters of the protocol.
enum ErrorField: UnicodeScalar {
    case severity = "V"
    case sqlState = "C"
    case message = "M"
    case detail = "D"
    case hint = "H"
    case constraint = "n"
    case table = "t"
    case column = "c"
    case position = "P"
}

func errorField(_ result: OpaquePointer, _ field: ErrorField) -> String? {
    PQresultErrorField(result, Int32(field.rawValue.value)).map { String(cString: $0) }
}
