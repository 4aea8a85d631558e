#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Threads of their own for what would block the few threads that run tasks.
enum Thread {
    fileprivate final class Work: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    #if canImport(Darwin) || canImport(Musl)
        private static var none: pthread_t? { nil }
    #else
        private static var none: pthread_t { pthread_t() }
    #endif

    /// Starts a thread that nobody waits for, and says whether the system gave one.
    static func detach(_ body: @escaping @Sendable () -> Void) -> Bool {
        // The new thread takes over this reference; if there is none, it is given back here.
        let work = Unmanaged.passRetained(Work(body))
        let isStarted = start(work.toOpaque())
        if !isStarted { work.release() }
        return isStarted
    }

    private static func start(_ work: UnsafeMutableRawPointer) -> Bool {
        var attributes = pthread_attr_t()
        guard pthread_attr_init(&attributes) == 0 else { return false }
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setdetachstate(&attributes, CInt(PTHREAD_CREATE_DETACHED))
        var identifier = none
        return pthread_create(&identifier, &attributes, enter, work) == 0
    }

    /// Runs blocking work on a thread of its own, and waits for it no longer than until the deadline or the task's
    /// cancellation.
    ///
    /// Work that is not waited for any more still ends; its value is dropped.
    static func run<Value: Sendable>(
        until deadline: ContinuousClock.Instant, cancellable: Bool = true, _ body: @escaping @Sendable () -> Value
    ) async -> Promise<Value>.Outcome {
        let promise = Promise<Value>()
        guard detach({ promise.fulfil(.value(body())) }) else { return .timedOut }
        return await promise.value(until: deadline, cancellable: cancellable)
    }
}

#if canImport(Darwin)
    private func enter(_ work: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? { perform(work) }
#else
    private func enter(_ work: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? { perform(work) }
#endif

private func perform(_ work: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let work { Unmanaged<Thread.Work>.fromOpaque(work).takeRetainedValue().body() }
    return nil
}
