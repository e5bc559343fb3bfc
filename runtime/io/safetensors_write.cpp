// Writes safetensors files as the reference library does: widest type first, then by name; header
// padded to 8 bytes.
#include "runtime/io/safetensors_write.h"

#include "runtime/io/atomic_file.h"
#include "runtime/io/json_text.h"
#include "runtime/io/message_text.h"
#include "runtime/io/tensor_bytes.h"
#include "runtime/rt/path_tail.h"
#include "runtime/rt/utf8.h"

namespace {
using namespace cnx::io;

int byTypeThenName(const void *left, const void *right) {
  const cnx_io_tensor *a = *static_cast<const cnx_io_tensor *const *>(left);
  const cnx_io_tensor *b = *static_cast<const cnx_io_tensor *const *>(right);
  if (a->dtype != b->dtype)
    return a->dtype < b->dtype ? -1 : 1;
  return strcmp(a->name, b->name);
}

int byName(const void *left, const void *right) {
  return strcmp((*static_cast<const cnx_io_tensor *const *>(left))->name,
                (*static_cast<const cnx_io_tensor *const *>(right))->name);
}

class Writer {
public:
  Writer(const char *destination, const cnx_io_tensor *list, size_t size, TensorData source,
         void *sourceSelf, cnx_rt_error *receiver)
      : path(destination), label(cnx_rt_path_tail(destination)), tensors(list), count(size),
        data(source), self(sourceSelf), error(receiver) {}

  cnx_rt_status check(const cnx_io_metadata *metadata, size_t metadataCount) {
    if (count > CNX_IO_MAX_TENSORS)
      return wrong("more tensors than a file may have");
    for (size_t i = 0; i < count; ++i) {
      const cnx_io_tensor &tensor = tensors[i];
      size_t position;
      if (!tensor.name || !cnx_rt_is_utf8(tensor.name, strlen(tensor.name), &position) ||
          strcmp(tensor.name, "__metadata__") == 0)
        return wrong("a tensor's name is NULL, not UTF-8 or __metadata__");
      if (tensor.rank < 0 || tensor.rank > CNX_IO_MAX_RANK || !isDtype(tensor.dtype))
        return wrong("rank or dtype is unknown", tensor.name);
      uint64_t bytes;
      if (tensorBytes(tensor.dtype, tensor.rank, tensor.shape, &bytes) != BytesResult::ok ||
          bytes != tensor.bytes || (!data && !tensor.data && bytes > 0))
        return wrong("data is NULL or not as long as dtype and shape say", tensor.name);
      if (!sorted.add(&tensor))
        return memory();
    }
    if (count > 1)
      qsort(sorted.begin(), count, sizeof sorted[0], byName);
    for (size_t i = 1; i < count; ++i)
      if (strcmp(sorted[i - 1]->name, sorted[i]->name) == 0)
        return wrong("stands twice", sorted[i]->name);
    if (count > 1)
      qsort(sorted.begin(), count, sizeof sorted[0], byTypeThenName);
    for (size_t i = 0; i < metadataCount; ++i) {
      const char *key = metadata[i].key, *value = metadata[i].value;
      size_t position;
      if (!key || !value || !cnx_rt_is_utf8(key, strlen(key), &position) ||
          !cnx_rt_is_utf8(value, strlen(value), &position))
        return wrong("a metadata key or value is NULL or not UTF-8");
      for (size_t k = 0; k < i; ++k)
        if (strcmp(metadata[k].key, key) == 0)
          return cnx_rt_fail(error, CNX_RT_ARGUMENT, "%s: metadata: key %s stands twice", label,
                             Quoted(key).text);
    }
    return CNX_RT_OK;
  }

  cnx_rt_status write(const cnx_io_metadata *metadata, size_t metadataCount) {
    JsonText header;
    header.raw("{");
    if (metadataCount > 0) {
      header.raw("\"__metadata__\":{");
      for (size_t i = 0; i < metadataCount; ++i) {
        header.raw(i ? "," : "");
        header.string(metadata[i].key);
        header.raw(":");
        header.string(metadata[i].value);
      }
      header.raw("}");
    }
    uint64_t offset = 0;
    for (const cnx_io_tensor *tensor : sorted) {
      header.raw(header.size() > 1 ? "," : "");
      header.string(tensor->name);
      header.raw(":{\"dtype\":\"");
      header.raw(cnx_io_dtype_name(tensor->dtype));
      header.raw("\",\"shape\":");
      header.raw(ShapeText(tensor->rank, tensor->shape).text);
      header.raw(",\"data_offsets\":[");
      header.number(offset);
      header.raw(",");
      offset += tensor->bytes;
      header.number(offset);
      header.raw("]}");
    }
    header.raw("}");
    while (header.ok() && header.size() % 8 != 0)
      header.raw(" ");
    if (!header.ok())
      return memory();

    AtomicFile file(path, error);
    uint64_t length = header.size();
    if (length > longestHeader)
      return wrong("the header exceeds the format's 100 MB");
    cnx_rt_status status = file.open();
    if (!status)
      status = file.write(&length, sizeof length);
    if (!status)
      status = file.write(header.data(), header.size());
    for (const cnx_io_tensor *tensor : sorted)
      if (!status)
        status = file.write(data ? data(self, static_cast<size_t>(tensor - tensors)) : tensor->data,
                            tensor->bytes);
    return status ? status : file.commit();
  }

private:
  cnx_rt_status wrong(const char *problem) {
    return cnx_rt_fail(error, CNX_RT_ARGUMENT, "%s: %s", label, problem);
  }
  cnx_rt_status wrong(const char *problem, const char *name) {
    return cnx_rt_fail(error, CNX_RT_ARGUMENT, "%s: tensor %s: %s", label, Quoted(name).text,
                       problem);
  }
  cnx_rt_status memory() {
    return cnx_rt_fail(error, CNX_RT_MEMORY, "%s: no memory for the header", label);
  }

  const char *path, *label;
  const cnx_io_tensor *tensors;
  size_t count;
  TensorData data;
  void *self;
  cnx_rt_error *error;
  List<const cnx_io_tensor *> sorted;
};

} // namespace

cnx_rt_status cnx::io::saveTensors(const char *path, const cnx_io_tensor *tensors, size_t count,
                                   const cnx_io_metadata *metadata, size_t metadataCount,
                                   TensorData data, void *self, cnx_rt_error *error) {
  Writer writer(path, tensors, count, data, self, error);
  cnx_rt_status status = writer.check(metadata, metadataCount);
  return status ? status : writer.write(metadata, metadataCount);
}

extern "C" cnx_rt_status cnx_io_safetensors_save(const char *path, const cnx_io_tensor *tensors,
                                                 size_t count, const cnx_io_metadata *metadata,
                                                 size_t metadata_count, cnx_rt_error *error) {
  if (!path || (!tensors && count > 0) || (!metadata && metadata_count > 0))
    return cnx_rt_fail(error, CNX_RT_ARGUMENT,
                       "cnx_io_safetensors_save: path, tensors or metadata is NULL");
  return saveTensors(path, tensors, count, metadata, metadata_count, nullptr, nullptr, error);
}
