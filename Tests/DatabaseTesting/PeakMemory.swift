#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Glibc
#endif

/// The most memory that this process has held so far, in bytes.
public func peakMemory() -> Int {
    var usage = rusage()
    #if canImport(Glibc)
        getrusage(Int32(RUSAGE_SELF.rawValue), &usage)
    #else
        getrusage(Int32(RUSAGE_SELF), &usage)
    #endif
    #if canImport(Darwin)
        return usage.ru_maxrss
    #else
        return usage.ru_maxrss * 1_024
    #endif
}
