; One query for all that Architrave reads of a Rust file. Captures are handled in document order by rust.py.
(use_declaration) @import
(mod_item !body) @module
(function_item) @function
(function_signature_item) @signature
(struct_item) @struct
(enum_item) @enum
(trait_item) @trait
(impl_item) @impl
(type_item) @alias
(const_item) @constant
(static_item) @constant
(attribute_item) @attribute
(let_declaration) @let
(assignment_expression) @assignment
(compound_assignment_expr) @assignment
(call_expression) @call
(macro_invocation) @macro
(struct_expression) @literal
(closure_expression) @closure
(for_expression) @loop
(while_expression) @loop
(loop_expression) @loop
(match_arm) @arm
(if_expression) @if
(await_expression) @await
(expression_statement) @statement
(return_expression) @return
(binary_expression operator: ["<" "<=" ">" ">=" "==" "!="]) @comparison
(field_expression) @access
(line_comment) @comment
(block_comment) @comment
