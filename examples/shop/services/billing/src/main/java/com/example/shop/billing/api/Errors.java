package com.example.shop.billing.api;

import com.example.shop.billing.service.InvoiceNotFound;
import java.util.Map;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestControllerAdvice;

@RestControllerAdvice
public class Errors {

    @ExceptionHandler(InvoiceNotFound.class)
    @ResponseStatus(HttpStatus.NOT_FOUND)
    public Map<String, String> notFound(InvoiceNotFound e) {
        return Map.of("error", e.getMessage());
    }
}
