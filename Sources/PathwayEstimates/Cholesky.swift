/// What least squares needs of linear algebra: a positive definite matrix taken apart into a triangle and its mirror.
struct Cholesky {
    /// The lower triangle L of L · Lᵀ.
    private var triangle: [[Double]]

    /// The row that those before it leave nothing of: it says nothing that they do not say.
    struct Dependent: Error { let row: Int }

    /// What is left of a row's diagonal element counts as nothing below this share of it.
    private static let tolerance = 1e-11

    /// Takes a matrix apart.
    init(_ matrix: [[Double]]) throws(Dependent) {
        triangle = matrix
        for row in matrix.indices {
            for column in 0...row {
                var rest = matrix[row][column]
                for before in 0..<column { rest -= triangle[row][before] * triangle[column][before] }
                if column < row {
                    triangle[row][column] = rest / triangle[column][column]
                } else {
                    guard rest > 0, rest > Self.tolerance * matrix[row][row] else { throw Dependent(row: row) }
                    triangle[row][row] = rest.squareRoot()
                }
            }
        }
    }

    /// The x of A · x = b.
    func solve(_ right: [Double]) -> [Double] {
        var result = right
        for row in result.indices {
            for column in 0..<row { result[row] -= triangle[row][column] * result[column] }
            result[row] /= triangle[row][row]
        }
        for row in result.indices.reversed() {
            for column in result.indices where column > row { result[row] -= triangle[column][row] * result[column] }
            result[row] /= triangle[row][row]
        }
        return result
    }

    /// The inverse of A.
    var inverse: [[Double]] {
        triangle.indices.map { row in solve(triangle.indices.map { $0 == row ? 1 : 0 }) }
    }
}

func dot(_ left: [Double], _ right: [Double]) -> Double { zip(left, right).reduce(0) { $0 + $1.0 * $1.1 } }
