// A tensor on the host in double precision: what the reference computes with. Row-major, dense.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <utility>
#include <vector>

namespace cnx::ir {

struct HostTensor {
  std::vector<int64_t> shape;
  std::vector<double> values; // size() of them

  HostTensor() = default;
  // Zeros.
  explicit HostTensor(std::vector<int64_t> extents) : shape(std::move(extents)) {
    int64_t n = 1;
    for (int64_t d : shape)
      n *= d;
    values.resize(static_cast<std::size_t>(n));
  }
  HostTensor(std::vector<int64_t> extents, std::vector<double> v)
      : shape(std::move(extents)), values(std::move(v)) {}

  int64_t size() const { return static_cast<int64_t>(values.size()); }
  int64_t extent(std::size_t axis) const { return shape[axis]; }
  int64_t channels() const { return shape.back(); }
  // Rows of the last axis: pixels of a map, samples of a matrix.
  int64_t rows() const { return size() / channels(); }

  double &at(std::initializer_list<int64_t> index) { return values[flat(index)]; }
  double at(std::initializer_list<int64_t> index) const { return values[flat(index)]; }
  double &operator[](int64_t i) { return values[static_cast<std::size_t>(i)]; }
  double operator[](int64_t i) const { return values[static_cast<std::size_t>(i)]; }

private:
  std::size_t flat(std::initializer_list<int64_t> index) const {
    assert(index.size() == shape.size());
    int64_t at = 0;
    std::size_t axis = 0;
    for (int64_t i : index) {
      assert(i >= 0 && i < shape[axis]);
      at = at * shape[axis++] + i;
    }
    return static_cast<std::size_t>(at);
  }
};

} // namespace cnx::ir
