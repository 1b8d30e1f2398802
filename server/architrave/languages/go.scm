; One query for all that Architrave reads of a Go file. Captures are handled in document order by go.py.
(import_spec) @import
(function_declaration) @function
(method_declaration) @function
(func_literal) @closure
(type_spec) @type
(type_alias) @type
(const_spec) @variable
(var_spec) @variable
(short_var_declaration) @assignment
(assignment_statement) @assignment
(receive_statement left: (expression_list)) @assignment
(call_expression) @call
(composite_literal type: [(type_identifier) (qualified_type)]) @literal
; A member that is read; what is called stands in its call already.
(argument_list (selector_expression) @access)
(expression_list (selector_expression) @access)
(binary_expression (selector_expression) @access)
(unary_expression (selector_expression) @access)
(literal_element (selector_expression) @access)
(index_expression (selector_expression) @access)
(slice_expression (selector_expression) @access)
(range_clause (selector_expression) @access)
(if_statement condition: (selector_expression) @access)
(expression_switch_statement value: (selector_expression) @access)
(for_statement) @loop
(if_statement) @if
(expression_statement (call_expression)) @alone
(go_statement) @alone
(defer_statement) @alone
(return_statement) @return
(binary_expression) @comparison
(comment) @comment
