internal import Foundation

/// Unix sockets in the file system, as PostgreSQL names them, that never block.
enum Socket {
    /// The name of PostgreSQL's socket in its folder.
    static let name = ".s.PGSQL.5432"

    static func listen(at path: String) throws -> Int32 {
        let socket = try make()
        try withAddress(path) { address, length in
            guard bind(socket, address, length) == 0, Foundation.listen(socket, 64) == 0 else {
                throw Unable("cannot listen at \"\(path)\": errno \(errno)")
            }
        }
        // The clients may be another user's.
        chmod(path, 0o777)
        return socket
    }

    /// A connection, or -1 if nobody listens.
    static func connect(to path: String) -> Int32 {
        guard let socket = try? make() else { return -1 }
        let result = try? withAddress(path) { address, length in Foundation.connect(socket, address, length) }
        if result == 0 { return socket }
        close(socket)
        return -1
    }

    static func accept(_ listener: Int32) -> Int32 {
        let socket = Foundation.accept(listener, nil, nil)
        if socket >= 0 { prepare(socket) }
        return socket
    }

    private static func make() throws -> Int32 {
        #if canImport(Glibc)
            let kind = Int32(SOCK_STREAM.rawValue)
        #else
            let kind = SOCK_STREAM
        #endif
        let socket = Foundation.socket(AF_UNIX, kind, 0)
        guard socket >= 0 else { throw Unable("cannot make a socket: errno \(errno)") }
        prepare(socket)
        return socket
    }

    private static func prepare(_ socket: Int32) {
        _ = fcntl(socket, F_SETFL, O_NONBLOCK)
        _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
    }

    private static func withAddress<Value>(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) throws -> Value
    ) throws -> Value {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        try withUnsafeMutableBytes(of: &address.sun_path) { room in
            guard bytes.count < room.count else { throw Unable("\"\(path)\" is too long for a Unix socket") }
            room.copyBytes(from: bytes)
        }
        return try withUnsafePointer(to: &address) { pointer in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                try body(pointer, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
