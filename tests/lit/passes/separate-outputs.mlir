// Nothing inside reads an output but a gradient, and no output is an input: a copy where it would.
// RUN: cnx-opt %s --cnx-separate-outputs | FileCheck %s

// The copy stands right behind the value, so that its last reader may overwrite it.
// CHECK-LABEL: func.func @read_inside
func.func @read_inside(%x: tensor<1x2x2x3xf32>) -> (tensor<1x2x2x3xf32>, tensor<1x3xf32>) {
  // CHECK: %[[A:.*]] = cnx.gelu
  // CHECK-NEXT: %[[ONE:.*]] = cnx.constant [1.0, 1.0, 1.0]
  // CHECK-NEXT: %[[PADDED:.*]] = cnx.pad_vector %[[ONE]]
  // CHECK-NEXT: %[[COPY:.*]] = cnx.scale %[[A]], %[[PADDED]]
  // CHECK-NEXT: %[[P:.*]] = cnx.mean_pool %[[A]]
  // CHECK-NEXT: return %[[COPY]], %[[P]]
  %a = cnx.gelu %x : tensor<1x2x2x3xf32>
  %p = cnx.mean_pool %a : tensor<1x2x2x3xf32>
  return %a, %p : tensor<1x2x2x3xf32>, tensor<1x3xf32>
}

// CHECK-LABEL: func.func @twice
func.func @twice(%x: tensor<1x3xf32>) -> (tensor<1x3xf32>, tensor<1x3xf32>) {
  // CHECK: %[[A:.*]] = cnx.gelu
  // CHECK: %[[SECOND:.*]] = cnx.scale %[[A]],
  // CHECK: %[[FIRST:.*]] = cnx.scale %[[A]],
  // CHECK: return %[[FIRST]], %[[SECOND]]
  %a = cnx.gelu %x : tensor<1x3xf32>
  return %a, %a : tensor<1x3xf32>, tensor<1x3xf32>
}

// CHECK-LABEL: func.func @the_input
// CHECK-SAME: (%[[X:.*]]: tensor<1x3xf32>)
func.func @the_input(%x: tensor<1x3xf32>) -> tensor<1x3xf32> {
  // CHECK: %[[COPY:.*]] = cnx.scale %[[X]],
  // CHECK: return %[[COPY]]
  return %x : tensor<1x3xf32>
}

// CHECK-LABEL: func.func @plain
// CHECK-NOT: cnx.scale
func.func @plain(%x: tensor<1x3xf32>) -> tensor<1x3xf32> {
  %a = cnx.gelu %x : tensor<1x3xf32>
  return %a : tensor<1x3xf32>
}

// A gradient's memory is its own, and holds it as it is.
// CHECK-LABEL: func.func @gradient_read_inside
func.func @gradient_read_inside(%x: tensor<1x16xf32>) -> (tensor<16xf32> {cnx.name = "grad.a"}, tensor<16xf32> {cnx.name = "grad.b"}) {
  // CHECK-NEXT: %[[A:.*]] = cnx.sum_rows
  // CHECK-NEXT: %[[B:.*]] = cnx.add %[[A]], %[[A]]
  // CHECK-NEXT: return %[[A]], %[[B]]
  %a = cnx.sum_rows %x : tensor<1x16xf32>
  %b = cnx.add %a, %a : tensor<16xf32>, tensor<16xf32>
  return %a, %b : tensor<16xf32>, tensor<16xf32>
}

// CHECK-LABEL: func.func @gradient_twice
func.func @gradient_twice(%x: tensor<1x16xf32>) -> (tensor<16xf32> {cnx.name = "grad.a"}, tensor<16xf32> {cnx.name = "grad.b"}) {
  // CHECK: %[[A:.*]] = cnx.sum_rows
  // CHECK-NEXT: %[[ZERO:.*]] = cnx.constant [0.0,
  // CHECK-NEXT: %[[PADDED:.*]] = cnx.pad_vector %[[ZERO]]
  // CHECK-NEXT: %[[COPY:.*]] = cnx.add %[[A]], %[[PADDED]]
  // CHECK-NEXT: return %[[COPY]], %[[A]]
  %a = cnx.sum_rows %x : tensor<1x16xf32>
  return %a, %a : tensor<16xf32>, tensor<16xf32>
}
