#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

// The functions that the C library computes for this module, by their whole names and in one place: nothing else of the
// library is used.

func exponential(_ exponent: Double) -> Double { exp(exponent) }

func logarithm(_ number: Double) -> Double { log(number) }

/// log(1 + number), exact where the number is small.
func logarithmOfOnePlus(_ number: Double) -> Double { log1p(number) }

/// 1 - erf, exact far into the upper tail.
func complementaryError(_ number: Double) -> Double { erfc(number) }

/// The logarithm of the gamma function of a positive number.
func logGamma(_ number: Double) -> Double { lgamma(number).0 }

func cosine(_ angle: Double) -> Double { cos(angle) }
