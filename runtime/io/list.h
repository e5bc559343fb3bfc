// A growing array of plain structs on malloc, because this library links without the C++ one.
#pragma once

#include <stddef.h>
#include <stdlib.h>

namespace cnx::io {

template <typename T> class List {
public:
  List() = default;
  List(const List &) = delete;
  List &operator=(const List &) = delete;
  ~List() { free(items); }

  // False when memory is short.
  bool add(const T &item) {
    if (length == capacity) {
      size_t larger = capacity ? capacity * 2 : 16;
      void *moved = realloc(items, larger * sizeof(T));
      if (!moved)
        return false;
      items = static_cast<T *>(moved);
      capacity = larger;
    }
    items[length++] = item;
    return true;
  }
  size_t size() const { return length; }
  T *begin() { return items; }
  T *end() { return items + length; }
  T &operator[](size_t i) { return items[i]; }
  // Hands the array over to the caller, who frees it; NULL where nothing was added.
  T *take() {
    T *taken = items;
    items = nullptr;
    length = capacity = 0;
    return taken;
  }

private:
  T *items = nullptr;
  size_t length = 0, capacity = 0;
};

} // namespace cnx::io
