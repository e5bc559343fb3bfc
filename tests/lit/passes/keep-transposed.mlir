// Copies of one parameter that several batches read are one; of two different copies of a parameter one is kept.
// RUN: cnx-opt %s --cnx-keep-transposed | FileCheck %s
// RUN: cnx-opt %s --cnx-keep-transposed --cnx-keep-transposed | FileCheck %s
// RUN: cnx-opt %s --cnx-keep-transposed --cnx-form-kernels --cnx-check-fused | FileCheck %s --check-prefix=FUSED

cnx.weight @w : tensor<5x20xf32>
cnx.weight @g : tensor<5xf32>

// CHECK-LABEL: func.func @forward_b1
// CHECK-NOT: transposed
func.func @forward_b1(%x: tensor<1x20xf32> {cnx.name = "image"}) -> (tensor<1x5xf32> {cnx.name = "logits"}) {
  %0 = cnx.get_weight @w : tensor<5x20xf32>
  %w = cnx.pack_panels %0 : tensor<5x20xf32>
  %y = cnx.linear %x, %w features = 5 : tensor<1x20xf32>, tensor<1x20x16xf32>
  return %y : tensor<1x5xf32>
}

// CHECK-LABEL: func.func @train_b1
// CHECK-SAME: (%[[X:.*]]: tensor<1x5xf32> {cnx.name = "image"}, %[[T:.*]]: tensor<2x5x16xf32> {cnx.name = "transposed.w"})
// CHECK-NOT: cnx.transpose_panels
// CHECK: cnx.linear %[[X]], %[[T]]
func.func @train_b1(%x: tensor<1x5xf32> {cnx.name = "image"}) -> (tensor<1x20xf32> {cnx.name = "logits"}) {
  %0 = cnx.get_weight @w : tensor<5x20xf32>
  %w = cnx.pack_panels %0 : tensor<5x20xf32>
  %1 = cnx.get_weight @g : tensor<5xf32>
  %g = cnx.pad_vector %1 : tensor<5xf32>
  %t = cnx.transpose_panels %w, %g of "outputs" features = 5 : tensor<1x20x16xf32>, tensor<16xf32>
  %y = cnx.linear %x, %t features = 20 : tensor<1x5xf32>, tensor<2x5x16xf32>
  return %y : tensor<1x20xf32>
}

// CHECK-LABEL: func.func @train_b2
// CHECK-SAME: (%[[X:.*]]: tensor<2x5xf32> {cnx.name = "image"}, %[[T:.*]]: tensor<2x5x16xf32> {cnx.name = "transposed.w"})
// CHECK: %[[OTHER:.*]] = cnx.transpose_panels %{{.*}} features = 5
// CHECK: cnx.linear %[[X]], %[[T]]
// CHECK: cnx.linear %[[X]], %[[OTHER]]
func.func @train_b2(%x: tensor<2x5xf32> {cnx.name = "image"})
    -> (tensor<2x20xf32> {cnx.name = "logits"}, tensor<2x20xf32> {cnx.name = "stem"}) {
  %0 = cnx.get_weight @w : tensor<5x20xf32>
  %w = cnx.pack_panels %0 : tensor<5x20xf32>
  %1 = cnx.get_weight @g : tensor<5xf32>
  %g = cnx.pad_vector %1 : tensor<5xf32>
  %t = cnx.transpose_panels %w, %g of "outputs" features = 5 : tensor<1x20x16xf32>, tensor<16xf32>
  %u = cnx.transpose_panels %w features = 5 : tensor<1x20x16xf32>
  %y = cnx.linear %x, %t features = 20 : tensor<2x5xf32>, tensor<2x5x16xf32>
  %z = cnx.linear %x, %u features = 20 : tensor<2x5xf32>, tensor<2x5x16xf32>
  return %y, %z : tensor<2x20xf32>, tensor<2x20xf32>
}

// CHECK-LABEL: func.func @transpose() -> (tensor<2x5x16xf32> {cnx.name = "transposed.w"})
// CHECK: %[[W:.*]] = cnx.pack_panels
// CHECK: %[[G:.*]] = cnx.pad_vector
// CHECK: %[[MADE:.*]] = cnx.transpose_panels %[[W]], %[[G]] of "outputs" features = 5
// CHECK-NEXT: return %[[MADE]]
// CHECK-NOT: func.func

// FUSED-LABEL: func.func @transpose
// FUSED: %[[MADE:.*]] = cnx.kernel "single"
// FUSED: return %[[MADE]]
