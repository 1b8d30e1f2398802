; One query for all that Architrave reads of a Java file. Captures are handled in document order by java.py.
[(class_declaration) (interface_declaration) (enum_declaration) (record_declaration) (annotation_type_declaration)] @class
[(method_declaration) (constructor_declaration) (compact_constructor_declaration)] @function
(field_declaration) @field
(constant_declaration) @field
(enum_constant) @constant
(local_variable_declaration) @local
(assignment_expression) @assignment
(method_invocation) @call
(object_creation_expression) @new
(lambda_expression) @lambda
(method_reference) @reference
(field_access) @access
[(enhanced_for_statement) (for_statement) (while_statement) (do_statement)] @loop
[(try_statement) (try_with_resources_statement)] @try
(catch_clause) @catch
(if_statement) @if
(ternary_expression) @ternary
(expression_statement) @statement
(return_statement) @return
(binary_expression) @comparison
[(line_comment) (block_comment)] @comment
