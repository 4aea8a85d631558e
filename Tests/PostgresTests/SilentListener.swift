#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// A port on which connections are taken by the system's backlog, and nobody ever answers.
final class SilentListener: Sendable {
    struct Failure: Error { let code = errno }

    private let descriptor: Int32
    let port: UInt16

    init() throws {
        #if canImport(Glibc)
            descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
            descriptor = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, length) == 0 && listen(descriptor, 8) == 0
                    && getsockname(descriptor, address, &length) == 0
            }
        }
        guard result else { throw Failure() }
        port = UInt16(bigEndian: address.sin_port)
    }

    deinit { close(descriptor) }

    #if os(Linux)
        /// After how many milliseconds of silence the socket of this process that is connected to the port gives up.
        func patienceOfClient() -> Int32? {
            for client in 3..<Int32(1_024) {
                var address = sockaddr_in()
                var length = socklen_t(MemoryLayout<sockaddr_in>.size)
                let isConnected = withUnsafeMutablePointer(to: &address) { pointer in
                    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                        getpeername(client, address, &length) == 0
                    }
                }
                guard isConnected, address.sin_family == AF_INET, UInt16(bigEndian: address.sin_port) == port else {
                    continue
                }
                var milliseconds: Int32 = 0
                length = socklen_t(MemoryLayout<Int32>.size)
                // 18 is TCP_USER_TIMEOUT, which the C library's module does not show.
                guard getsockopt(client, Int32(IPPROTO_TCP), 18, &milliseconds, &length) == 0 else { return nil }
                return milliseconds
            }
            return nil
        }
    #endif
}
