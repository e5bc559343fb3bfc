// Opens safetensors files: every rule of the format that is not the header's grammar. Nothing is
// allocated from a number in the file; the header's own length is bounded by the file's.
#include "runtime/io/message_text.h"
#include "runtime/io/safetensors_header.h"
#include "runtime/io/tensor_bytes.h"
#include "runtime/rt/mapped_file.h"
#include "runtime/rt/path_tail.h"

struct cnx_io_safetensors {
  cnx_rt_mapping mapping; // empty where the bytes are borrowed
  char *strings;          // every name, key and value
  cnx_io_tensor *tensors; // in the order of their data
  size_t count;
  const cnx_io_tensor **byName; // sorted by name
  cnx_io_metadata *metadata;
  size_t metadataCount;
};

namespace {
using namespace cnx::io;

int byDataOrder(const void *left, const void *right) {
  const HeaderTensor *a = static_cast<const HeaderTensor *>(left);
  const HeaderTensor *b = static_cast<const HeaderTensor *>(right);
  if (a->dataBegin != b->dataBegin)
    return a->dataBegin < b->dataBegin ? -1 : 1;
  if (a->dataEnd != b->dataEnd)
    return a->dataEnd < b->dataEnd ? -1 : 1;
  return a->order < b->order ? -1 : a->order > b->order;
}

int byName(const void *left, const void *right) {
  return strcmp((*static_cast<const cnx_io_tensor *const *>(left))->name,
                (*static_cast<const cnx_io_tensor *const *>(right))->name);
}

int byKey(const void *left, const void *right) {
  return strcmp((*static_cast<const cnx_io_metadata *const *>(left))->key,
                (*static_cast<const cnx_io_metadata *const *>(right))->key);
}

class Reader {
public:
  Reader(const char *source, cnx_io_safetensors *result, cnx_rt_error *receiver)
      : label(source), file(result), error(receiver) {}

  cnx_rt_status read(const unsigned char *data, size_t bytes) {
    if (bytes < 8)
      return corrupt("file of %zu bytes, expected a safetensors header length of 8 bytes", bytes);
    uint64_t length;
    memcpy(&length, data, 8);
    if (length > longestHeader)
      return corrupt("header length %llu, expected at most %llu: not a safetensors file?",
                     static_cast<unsigned long long>(length),
                     static_cast<unsigned long long>(longestHeader));
    if (length > bytes - 8)
      return corrupt("header of %llu bytes in a file of %zu: truncated, or not a safetensors file",
                     static_cast<unsigned long long>(length), bytes);
    size_t headerBytes = static_cast<size_t>(length);
    file->strings = static_cast<char *>(malloc(headerBytes + 1));
    if (!file->strings)
      return memory();
    Header header;
    if (cnx_rt_status status = parseHeader(reinterpret_cast<const char *>(data + 8), headerBytes,
                                           file->strings, label, &header, error))
      return status;
    if (cnx_rt_status status = tensors(&header, data + 8 + headerBytes, bytes - 8 - headerBytes))
      return status;
    if (cnx_rt_status status = sortNames())
      return status;
    file->metadataCount = header.metadata.size();
    file->metadata = header.metadata.take();
    return checkKeys();
  }

private:
  template <typename... Arguments> cnx_rt_status corrupt(const char *format, Arguments... values) {
    char text[480];
    snprintf(text, sizeof text, format, values...);
    return cnx_rt_fail(error, CNX_RT_CORRUPT, "%s: %s", label, text);
  }

  cnx_rt_status memory() {
    return cnx_rt_fail(error, CNX_RT_MEMORY, "%s: no memory for the header", label);
  }

  // The data must lie end to end from 0 to bufferBytes, each as long as its shape says.
  cnx_rt_status tensors(Header *header, const unsigned char *buffer, size_t bufferBytes) {
    size_t count = header->tensors.size();
    if (count > 1)
      qsort(header->tensors.begin(), count, sizeof(HeaderTensor), byDataOrder);
    List<cnx_io_tensor> sorted;
    uint64_t offset = 0;
    for (HeaderTensor &entry : header->tensors) {
      cnx_io_tensor &tensor = entry.tensor;
      auto named = [&](const char *problem) {
        return corrupt("tensor %s: %s", Quoted(tensor.name).text, problem);
      };
      char problem[320];
      if (entry.dataBegin != offset || entry.dataEnd < entry.dataBegin) {
        snprintf(problem, sizeof problem,
                 "data_offsets [%llu,%llu], expected to begin at %llu: holes and overlaps are "
                 "refused",
                 static_cast<unsigned long long>(entry.dataBegin),
                 static_cast<unsigned long long>(entry.dataEnd),
                 static_cast<unsigned long long>(offset));
        return named(problem);
      }
      offset = entry.dataEnd;
      if (offset > bufferBytes) {
        snprintf(problem, sizeof problem, "data ends at %llu, but the file has %zu bytes of data",
                 static_cast<unsigned long long>(offset), bufferBytes);
        return named(problem);
      }
      uint64_t expected = 0;
      switch (tensorBytes(tensor.dtype, tensor.rank, tensor.shape, &expected)) {
      case BytesResult::overflow:
        return named("its shape has more elements than 64 bits count");
      case BytesResult::partialByte:
        return named("its shape ends within a byte");
      case BytesResult::ok:
        break;
      }
      if (expected != entry.dataEnd - entry.dataBegin) {
        snprintf(problem, sizeof problem, "data_offsets span %llu bytes, expected %llu for %s %s",
                 static_cast<unsigned long long>(entry.dataEnd - entry.dataBegin),
                 static_cast<unsigned long long>(expected), cnx_io_dtype_name(tensor.dtype),
                 ShapeText(tensor.rank, tensor.shape).text);
        return named(problem);
      }
      tensor.data = buffer + entry.dataBegin;
      tensor.bytes = static_cast<size_t>(expected);
      if (!sorted.add(tensor))
        return memory();
    }
    if (offset != bufferBytes)
      return corrupt("%zu bytes of data, expected %llu: the tensors end before the file does",
                     bufferBytes, static_cast<unsigned long long>(offset));
    file->count = sorted.size();
    file->tensors = sorted.take();
    return CNX_RT_OK;
  }

  cnx_rt_status sortNames() {
    List<const cnx_io_tensor *> names;
    for (size_t i = 0; i < file->count; ++i)
      if (!names.add(&file->tensors[i]))
        return memory();
    if (names.size() > 1)
      qsort(names.begin(), names.size(), sizeof names[0], byName);
    for (size_t i = 1; i < names.size(); ++i)
      if (strcmp(names[i - 1]->name, names[i]->name) == 0)
        return corrupt("tensor %s stands twice", Quoted(names[i]->name).text);
    file->byName = names.take();
    return CNX_RT_OK;
  }

  cnx_rt_status checkKeys() {
    List<const cnx_io_metadata *> keys;
    for (size_t i = 0; i < file->metadataCount; ++i)
      if (!keys.add(&file->metadata[i]))
        return memory();
    if (keys.size() > 1)
      qsort(keys.begin(), keys.size(), sizeof keys[0], byKey);
    for (size_t i = 1; i < keys.size(); ++i)
      if (strcmp(keys[i - 1]->key, keys[i]->key) == 0)
        return corrupt("metadata: key %s stands twice", Quoted(keys[i]->key).text);
    return CNX_RT_OK;
  }

  const char *label;
  cnx_io_safetensors *file;
  cnx_rt_error *error;
};

// Takes the mapping over, also where it fails.
cnx_rt_status openBytes(cnx_rt_mapping mapping, const unsigned char *data, size_t bytes,
                        const char *label, cnx_io_safetensors **file, cnx_rt_error *error) {
  cnx_io_safetensors *opened =
      static_cast<cnx_io_safetensors *>(calloc(1, sizeof(cnx_io_safetensors)));
  if (!opened) {
    cnx_rt_unmap_file(&mapping);
    return cnx_rt_fail(error, CNX_RT_MEMORY, "%s: no memory", label);
  }
  opened->mapping = mapping;
  cnx_rt_status status = Reader(label, opened, error).read(data, bytes);
  if (status)
    cnx_io_safetensors_close(opened);
  else
    *file = opened;
  return status;
}

} // namespace

extern "C" {

cnx_rt_status cnx_io_safetensors_open(const char *path, cnx_io_safetensors **file,
                                      cnx_rt_error *error) {
  if (!path || !file)
    return cnx_rt_fail(error, CNX_RT_ARGUMENT, "cnx_io_safetensors_open: path or file is NULL");
  *file = nullptr;
  cnx_rt_mapping mapping;
  if (cnx_rt_status status = cnx_rt_map_file(path, &mapping, error))
    return status;
  return openBytes(mapping, mapping.data, mapping.bytes, cnx_rt_path_tail(path), file, error);
}

cnx_rt_status cnx_io_safetensors_from_memory(const void *data, size_t bytes, const char *label,
                                             cnx_io_safetensors **file, cnx_rt_error *error) {
  if (!file || (!data && bytes > 0))
    return cnx_rt_fail(error, CNX_RT_ARGUMENT,
                       "cnx_io_safetensors_from_memory: data or file is NULL");
  *file = nullptr;
  return openBytes({nullptr, 0}, static_cast<const unsigned char *>(data), bytes,
                   cnx_rt_path_tail(label ? label : "memory"), file, error);
}

void cnx_io_safetensors_close(cnx_io_safetensors *file) {
  if (!file)
    return;
  cnx_rt_unmap_file(&file->mapping);
  free(file->strings);
  free(file->tensors);
  free(file->byName);
  free(file->metadata);
  free(file);
}

size_t cnx_io_safetensors_count(const cnx_io_safetensors *file) { return file->count; }

const cnx_io_tensor *cnx_io_safetensors_tensors(const cnx_io_safetensors *file) {
  return file->tensors;
}

const cnx_io_tensor *cnx_io_safetensors_find(const cnx_io_safetensors *file, const char *name) {
  size_t low = 0, high = file->count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    int order = strcmp(name, file->byName[middle]->name);
    if (order == 0)
      return file->byName[middle];
    (order < 0 ? high : low) = order < 0 ? middle : middle + 1;
  }
  return nullptr;
}

size_t cnx_io_safetensors_metadata_count(const cnx_io_safetensors *file) {
  return file->metadataCount;
}

const cnx_io_metadata *cnx_io_safetensors_metadata(const cnx_io_safetensors *file) {
  return file->metadata;
}

const char *cnx_io_safetensors_metadata_value(const cnx_io_safetensors *file, const char *key) {
  for (size_t i = 0; i < file->metadataCount; ++i)
    if (strcmp(file->metadata[i].key, key) == 0)
      return file->metadata[i].value;
  return nullptr;
}

} // extern "C"
