// Reads .npy files: format 1.0 and 2.0, C order, F32, U8 and I64. The header is a Python dictionary
// of three fields.
#include "runtime/io/message_text.h"
#include "runtime/io/tensor_bytes.h"
#include "runtime/rt/mapped_file.h"
#include "runtime/rt/path_tail.h"

namespace {
using namespace cnx::io;

class NpyReader {
public:
  NpyReader(const char *source, cnx_npy *result, cnx_rt_error *receiver)
      : label(source), array(result), error(receiver) {}

  cnx_rt_status read(const unsigned char *data, size_t bytes) {
    if (bytes < 10 || memcmp(data, "\x93NUMPY", 6) != 0)
      return corrupt("not a .npy file");
    unsigned major = data[6], minor = data[7];
    if ((major != 1 && major != 2) || minor != 0) {
      char problem[64];
      snprintf(problem, sizeof problem, "format %u.%u, expected 1.0 or 2.0", major, minor);
      return cnx_rt_fail(error, CNX_RT_UNSUPPORTED, "%s: %s", label, problem);
    }
    size_t start = major == 1 ? 10 : 12;
    size_t length = data[8] | static_cast<size_t>(data[9]) << 8;
    if (major == 2) {
      if (bytes < 12)
        return corrupt("truncated header");
      length |= static_cast<size_t>(data[10]) << 16 | static_cast<size_t>(data[11]) << 24;
    }
    if (length > bytes - start)
      return corrupt("truncated header");
    begin = at = reinterpret_cast<const char *>(data + start);
    end = at + length;
    if (cnx_rt_status status = dictionary())
      return status;

    uint64_t expected = 0;
    if (tensorBytes(array->dtype, array->rank, array->shape, &expected) != BytesResult::ok)
      return corrupt("shape has more elements than 64 bits count");
    size_t rest = bytes - start - length;
    if (expected != rest)
      return cnx_rt_fail(error, CNX_RT_CORRUPT, "%s: %zu bytes of data, expected %llu for %s %s",
                         label, rest, static_cast<unsigned long long>(expected),
                         cnx_io_dtype_name(array->dtype),
                         ShapeText(array->rank, array->shape).text);
    array->data = data + start + length;
    array->bytes = rest;
    return CNX_RT_OK;
  }

private:
  cnx_rt_status corrupt(const char *problem) {
    return cnx_rt_fail(error, CNX_RT_CORRUPT, "%s: %s", label, problem);
  }
  cnx_rt_status expected(const char *what) {
    return cnx_rt_fail(error, CNX_RT_CORRUPT, "%s: header, byte %zu: expected %s", label,
                       static_cast<size_t>(at - begin), what);
  }

  void skipSpace() {
    while (at < end && (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r'))
      ++at;
  }
  bool take(char c) {
    skipSpace();
    if (at == end || *at != c)
      return false;
    ++at;
    return true;
  }
  // 'text' or "text" without escapes.
  bool quoted(const char **text, size_t *length) {
    skipSpace();
    if (at == end || (*at != '\'' && *at != '"'))
      return false;
    char quote = *at;
    const char *first = at + 1;
    const char *last = first;
    while (last < end && *last != quote && *last != '\\')
      ++last;
    if (last == end || *last != quote)
      return false;
    *text = first;
    *length = static_cast<size_t>(last - first);
    at = last + 1;
    return true;
  }
  static bool same(const char *text, size_t length, const char *word) {
    return strlen(word) == length && memcmp(text, word, length) == 0;
  }

  cnx_rt_status dictionary() {
    bool hasType = false, hasOrder = false, hasShape = false;
    if (!take('{'))
      return expected("'{'");
    while (!take('}')) {
      const char *key;
      size_t length;
      if (!quoted(&key, &length) || !take(':'))
        return expected("a key and ':'");
      cnx_rt_status status = CNX_RT_OK;
      if (same(key, length, "descr") && !hasType)
        hasType = true, status = descr();
      else if (same(key, length, "fortran_order") && !hasOrder)
        hasOrder = true, status = order();
      else if (same(key, length, "shape") && !hasShape)
        hasShape = true, status = shape();
      else
        return expected("descr, fortran_order and shape, each once");
      if (status)
        return status;
      if (!take(',')) {
        if (!take('}'))
          return expected("',' or '}'");
        break;
      }
    }
    if (!hasType || !hasOrder || !hasShape)
      return expected("descr, fortran_order and shape");
    skipSpace();
    if (at != end)
      return expected("nothing after '}'");
    if (fortran && array->rank > 1)
      return cnx_rt_fail(error, CNX_RT_UNSUPPORTED,
                         "%s: Fortran order, expected C order (numpy.ascontiguousarray)", label);
    return CNX_RT_OK;
  }

  cnx_rt_status descr() {
    const char *text;
    size_t length;
    if (!quoted(&text, &length))
      return cnx_rt_fail(error, CNX_RT_UNSUPPORTED,
                         "%s: structured dtype, expected float32, uint8 or int64", label);
    if (same(text, length, "<f4"))
      array->dtype = CNX_IO_F32;
    else if (same(text, length, "|u1") || same(text, length, "<u1"))
      array->dtype = CNX_IO_U8;
    else if (same(text, length, "<i8"))
      array->dtype = CNX_IO_I64;
    else
      return cnx_rt_fail(error, CNX_RT_UNSUPPORTED,
                         "%s: dtype %s, expected float32 \"<f4\", uint8 \"|u1\" or int64 \"<i8\"",
                         label, Quoted(text, length).text);
    return CNX_RT_OK;
  }

  cnx_rt_status order() {
    skipSpace();
    size_t rest = static_cast<size_t>(end - at);
    if (rest >= 4 && memcmp(at, "True", 4) == 0) {
      fortran = true;
      at += 4;
    } else if (rest >= 5 && memcmp(at, "False", 5) == 0) {
      at += 5;
    } else {
      return expected("True or False");
    }
    return CNX_RT_OK;
  }

  cnx_rt_status shape() {
    if (!take('('))
      return expected("'('");
    while (!take(')')) {
      if (array->rank == CNX_IO_MAX_RANK)
        return cnx_rt_fail(error, CNX_RT_UNSUPPORTED, "%s: rank above %d, expected less", label,
                           CNX_IO_MAX_RANK);
      skipSpace();
      const char *first = at;
      uint64_t number = 0;
      for (; at < end && *at >= '0' && *at <= '9'; ++at)
        if (__builtin_mul_overflow(number, uint64_t{10}, &number) ||
            __builtin_add_overflow(number, static_cast<uint64_t>(*at - '0'), &number))
          return expected("an extent below 2^64");
      if (at == first)
        return expected("an extent");
      array->shape[array->rank++] = number;
      if (take(','))
        continue;
      if (array->rank == 1 || !take(')')) // (3) is a number in Python, not a tuple
        return expected(array->rank == 1 ? "','" : "',' or ')'");
      break;
    }
    return CNX_RT_OK;
  }

  const char *label;
  cnx_npy *array;
  cnx_rt_error *error;
  const char *begin = nullptr, *at = nullptr, *end = nullptr;
  bool fortran = false;
};

} // namespace

extern "C" {

cnx_rt_status cnx_npy_open(const char *path, cnx_npy *array, cnx_rt_error *error) {
  if (!path || !array)
    return cnx_rt_fail(error, CNX_RT_ARGUMENT, "cnx_npy_open: path or array is NULL");
  *array = cnx_npy{};
  cnx_rt_mapping mapping;
  if (cnx_rt_status status = cnx_rt_map_file(path, &mapping, error))
    return status;
  cnx_npy opened{};
  cnx_rt_status status =
      NpyReader(cnx_rt_path_tail(path), &opened, error).read(mapping.data, mapping.bytes);
  if (status) {
    cnx_rt_unmap_file(&mapping);
    return status;
  }
  opened.mapping = mapping.data;
  opened.mapping_bytes = mapping.bytes;
  *array = opened;
  return CNX_RT_OK;
}

cnx_rt_status cnx_npy_from_memory(const void *data, size_t bytes, const char *label, cnx_npy *array,
                                  cnx_rt_error *error) {
  if (!array || (!data && bytes > 0))
    return cnx_rt_fail(error, CNX_RT_ARGUMENT, "cnx_npy_from_memory: data or array is NULL");
  cnx_npy read{};
  cnx_rt_status status = NpyReader(cnx_rt_path_tail(label ? label : "memory"), &read, error)
                             .read(static_cast<const unsigned char *>(data), bytes);
  *array = status ? cnx_npy{} : read;
  return status;
}

void cnx_npy_close(cnx_npy *array) {
  if (!array)
    return;
  cnx_rt_mapping mapping = {static_cast<const unsigned char *>(array->mapping),
                            array->mapping_bytes};
  cnx_rt_unmap_file(&mapping);
  *array = cnx_npy{};
}

} // extern "C"
